/// Where the private halves of a ring's keys are.
package enum KeyCustody: String, Sendable, CaseIterable {
    /// In the store, sealed by its data keys; every process has them in memory.
    case local
    /// In a device, which they never leave: each use is a call.
    case device
    /// In the store, sealed by a device besides: a process asks the device once, and then has them in memory.
    case deviceSealed = "device-sealed"
}
