import Admin
import Egress
import HTTPEngine
import JOSE
import KeyManagement
import Resources
import Store

extension CommandFailure {
    /// The failure for an error of the modules below.
    init(describing error: any Error) {
        switch error {
        case let failure as CommandFailure: self = failure
        case let error as JOSEError: self = .refused(error.code.rawValue, error.reason)
        case let error as EgressError: self = CommandFailure(error)
        case let error as StoreError: self = CommandFailure(error)
        case let error as ProviderError: self = CommandFailure(error)
        case let error as KeyError: self = .configuration("\(error)")
        case let error as AdminError: self = .configuration("\(error)")
        case let error as EngineError: self = .configuration("\(error.call): \(SystemFailure.text(error.code))")
        case let error as ResourceErrors: self = .malformed("resource-invalid", error.description)
        case let error as SystemFailure: self = .configuration(error.description)
        default: self = .bug("\(type(of: error)): \(error)")
        }
    }

    init(_ error: StoreError) {
        switch error.code {
        case .busy, .full: self = CommandFailure(.unavailable, error.code.rawValue, "the store: \(error.reason)")
        case .misuse, .statementInvalid: self = .bug("the store: \(error)")
        case .rowInvalid:
            self = .configuration("the store: \(error): it was damaged or changed by others, restore it from a backup")
        default: self = .configuration("the store: \(error)")
        }
    }

    init(_ error: ProviderError) {
        self = CommandFailure(error.isTransient ? .unavailable : .configuration, error.code.rawValue, "\(error)")
    }

    init(_ error: EgressError) {
        switch error.code {
        case .urlInvalid, .requestInvalid: self = .usage(error.reason)
        default: self = CommandFailure(.unavailable, error.code.rawValue, error.reason)
        }
    }
}
