/// The schedules of an installation: keys that a device seals live a shorter time than others.
package struct KeySchedules: Sendable, Hashable {
    package var standard = KeySchedule.standard
    /// Of rings in custody `device-sealed`: a turn of a day, published an hour ahead.
    package var deviceSealed = KeySchedule.deviceSealed

    package init() {}

    package func schedule(of ring: RingSpec) -> KeySchedule {
        ring.custody == .deviceSealed ? deviceSealed : standard
    }
}
