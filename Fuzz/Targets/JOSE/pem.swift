@testable import JOSE

/// PEM: blocks are written so that they are read back, whatever stands around them, and only whole blocks count.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe octets(data, count)
    readsWhatItWrites(input)
    do throws(JOSEError) {
        let blocks = try PEMBlock.read(input)
        require((1...PEMBlock.maximumBlocks).contains(blocks.count), "there are blocks, and not too many")
        var text: [UInt8] = []
        for block in blocks {
            require(block.label.utf8.count <= PEMBlock.maximumLabelBytes, "a label keeps its bounds")
            text += PEMBlock.text(label: block.label, octets: block.octets.copied().span)
            readsStructure(block)
        }
        require((try? PEMBlock.read(text)) == blocks, "what is written is read back")
    } catch {
        require([.pemInvalid, .keyEncrypted].contains(error.code), "the refusal is one of PEM's")
    }
    return 0
}

private func readsStructure(_ block: PEMBlock) {
    do throws(JOSEError) {
        let structure = try KeyStructure(block)
        require(structure == (try? KeyStructure(der: block.octets.copied(), form: nil)), "the label is the form")
    } catch {
        let codes: [JOSEError.Code] = [.pemInvalid, .derInvalid, .keyInvalid, .keyEncrypted]
        require(codes.contains(error.code), "the refusal is one of PEM's or DER's")
    }
}

private func readsWhatItWrites(_ octets: [UInt8]) {
    guard !octets.isEmpty else { return }
    let text = PEMBlock.text(label: "PUBLIC KEY", octets: octets.span)
    let block = PEMBlock(label: "PUBLIC KEY", octets: SecretBytes(octets))
    require((try? PEMBlock.read(text)) == [block], "what is written is read back")
}
