/// The few values that are taken out of AWS's XML: the text of elements that hold text alone and occur once.
///
/// This is no parser of XML. What it looks for has a form in which a parser and this agree: `<Name>text</Name>` without
/// attributes, entities or markup in the text. Anything else is not found.
struct XMLFields {
    private let text: [UInt8]

    init(_ text: [UInt8]) {
        self.text = text
    }

    subscript(name: String) -> String? {
        let open = Array("<\(name)>".utf8)
        let close = Array("</\(name)>".utf8)
        guard let start = place(of: open, from: 0), place(of: open, from: start + open.count) == nil,
            let end = place(of: close, from: start + open.count)
        else { return nil }
        let value = text[(start + open.count)..<end]
        guard !value.contains(where: { "<>&".utf8.contains($0) }) else { return nil }
        return String(validating: value, as: UTF8.self)
    }

    private func place(of word: [UInt8], from start: Int) -> Int? {
        guard let first = word.first, text.count >= word.count else { return nil }
        var index = start
        while index <= text.count - word.count {
            if text[index] == first, text[index..<(index + word.count)].elementsEqual(word) { return index }
            index += 1
        }
        return nil
    }
}
