import CSupervisor
import Glibc
import KeyManagement
import Testing

@testable import signet

@Suite("The root key in the supervisor's keeping")
struct KeptRootKeyTests {
    @Test("is written once and can't be changed after it was sealed")
    func sealed() throws {
        let kept = try KeptRootKey()
        #expect(!kept.isFilled)
        #expect(signet_is_sealed(kept.descriptor) == 0)
        let content = [RootKeyHandover.mark] + [UInt8](repeating: 7, count: RootKeyHandover.byteCount - 1)
        #expect(pwrite(kept.descriptor, content, content.count, 0) == content.count)
        #expect(kept.isFilled)
        try kept.seal()
        #expect(signet_is_sealed(kept.descriptor) == 1)
        #expect(pwrite(kept.descriptor, content, content.count, 0) == -1)
        #expect(ftruncate(kept.descriptor, 0) == -1)
        let mapped = mmap(nil, content.count, PROT_READ | PROT_WRITE, MAP_SHARED, kept.descriptor, 0)
        #expect(mapped == MAP_FAILED)
        var read = [UInt8](repeating: 0, count: content.count)
        #expect(pread(kept.descriptor, &read, read.count, 0) == read.count)
        #expect(read == content)
    }

    @Test("keeps its size from the start")
    func size() throws {
        let kept = try KeptRootKey()
        #expect(ftruncate(kept.descriptor, 0) == -1)
        #expect(ftruncate(kept.descriptor, 4096) == -1)
    }

    @Test("is wiped when nobody keeps it any more, also for those who still have the descriptor")
    func wiped() throws {
        var kept: KeptRootKey? = try KeptRootKey()
        let content = [UInt8](repeating: 1, count: RootKeyHandover.byteCount)
        let other = dup(try #require(kept).descriptor)
        defer { close(other) }
        #expect(pwrite(other, content, content.count, 0) == content.count)
        try kept?.seal()
        kept = nil
        var read = content
        #expect(pread(other, &read, read.count, 0) == read.count)
        #expect(read == [UInt8](repeating: 0, count: content.count))
    }

    @Test("is not inherited by programs that are started otherwise")
    func closedOnExec() throws {
        let kept = try KeptRootKey()
        #expect(fcntl(kept.descriptor, F_GETFD) & FD_CLOEXEC != 0)
    }
}
