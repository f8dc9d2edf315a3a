import KeyManagement

/// A device that a benchmark starts for itself, where its software is installed.
struct BenchDevice {
    /// What it is called in a table.
    let name: String
    let provider: any KeyProvider
    /// The program behind it, if it is one; it ends with this value.
    var program: ChildProgram?

    /// Those whose software is here.
    static func all(in directory: String) async throws -> [BenchDevice] {
        var devices: [BenchDevice] = []
        if let device = try await SoftHSM.start(in: directory) { devices.append(device) }
        if let device = try await OpenBao.start(in: directory) { devices.append(device) }
        return devices
    }

    func close() async {
        await provider.close()
        program?.end()
    }
}
