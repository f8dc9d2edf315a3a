import Glibc

/// Directories of our own making.
enum DirectoryTree {
    /// Removes a directory and what is in it. Links are removed, not followed; what can't be removed stays.
    static func remove(_ path: String) {
        if let directory = unsafe opendir(path) {
            // An entry is valid until the next one is read.
            while let entry = unsafe readdir(directory) {
                let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                    unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
                guard name != ".", name != ".." else { continue }
                let isDirectory = unsafe entry.pointee.d_type == UInt8(DT_DIR)
                if isDirectory { remove("\(path)/\(name)") } else { unsafe unlink("\(path)/\(name)") }
            }
            unsafe closedir(directory)
        }
        unsafe rmdir(path)
    }
}
