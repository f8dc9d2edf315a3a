import Egress
import KeyManagement
import Testing

@testable import KeyProviders

@Suite("The settings of AWS KMS")
struct AWSKMSSettingsTests {
    private static let arn = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"

    private func make(
        _ values: [String: String], _ environment: [String: String] = [:]
    ) -> (place: String?, faults: [String]) {
        let peer = AWSPeer { _, _ in AWSPeer.json("{}") }
        var settings = ProviderSettings(path: "root_key.aws_kms", values: values)
        let provider = AWSKMSKind.make(
            &settings, environment: AWSEnvironment(environment), exchanges: peer.exchanges)
        #expect(settings.known == ["key", "region", "endpoint", "profile", "credentials"])
        return (provider?.place, settings.faults.map(\.name))
    }

    @Test("The region is the setting's, the ARN's, AWS_REGION's or AWS_DEFAULT_REGION's, in this order")
    func region() {
        let environment = ["AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-2"]
        #expect(make(["key": "k", "region": "eu-north-1"], environment).place == "the key k of AWS KMS in eu-north-1")
        #expect(make(["key": Self.arn], environment).place == "the key \(Self.arn) of AWS KMS in eu-west-1")
        #expect(make(["key": "k"], environment).place == "the key k of AWS KMS in us-east-1")
        #expect(make(["key": "k"], ["AWS_DEFAULT_REGION": "us-east-2"]).place == "the key k of AWS KMS in us-east-2")
        #expect(make(["key": "k"]).faults == ["region"])
        #expect(make(["key": Self.arn, "region": "us-east-1"]).faults == ["region"])
        #expect(make(["key": "k"], ["AWS_REGION": "x.evil.example/"]).faults == ["region"])
    }

    @Test("The provider is registered under a name that an environment variable can have")
    func name() {
        #expect(ProviderRegistry.names.contains("aws_kms"))
    }

    @Test("Faults are told by the setting's name")
    func faults() {
        #expect(make([:], ["AWS_REGION": "r"]).faults == ["key"])
        #expect(make(["key": "a b", "region": "r"]).faults == ["key"])
        #expect(make(["key": "k", "region": "r", "credentials": "all"]).faults == ["credentials"])
        #expect(make(["key": "k", "region": "r", "credentials": "instance", "profile": "p"]).faults == ["profile"])
        #expect(make(["key": "k", "region": "r", "credentials": "profile", "profile": "p"]).faults == [])
        #expect(make(["key": "k", "region": "r", "endpoint": "ftp://x"]).faults == ["endpoint"])
        #expect(make(["key": "k", "region": "r", "endpoint": "https://x/path"]).faults == ["endpoint"])
        #expect(make(["key": "k", "region": "r", "endpoint": "http://10.0.0.1"]).faults == ["endpoint"])
        #expect(make(["key": "k", "region": "r", "endpoint": "http://127.0.0.1:4566"]).faults == [])
        #expect(make(["key": "k", "region": "r", "endpoint": "https://vpce-1.kms.r.vpce.amazonaws.com/"]).faults == [])
    }

    @Test("A profile in the settings comes before an access key in the environment")
    func profile() async throws {
        let peer = AWSPeer { _, _ in AWSPeer.json(#"{"KeyMetadata":{"KeyState":"Enabled"}}"#) }
        try await Sample.withFile("[p]\naws_access_key_id = AKIAPROFILE\naws_secret_access_key = s") { path in
            let environment = AWSEnvironment([
                "AWS_ACCESS_KEY_ID": "AKIAENVIRONMENT", "AWS_SECRET_ACCESS_KEY": "s",
                "AWS_SHARED_CREDENTIALS_FILE": path,
            ])
            for values in [["key": "k", "region": "r"], ["key": "k", "region": "r", "profile": "p"]] {
                var settings = ProviderSettings(path: "root_key.aws_kms", values: values)
                let made = AWSKMSKind.make(&settings, environment: environment, exchanges: peer.exchanges)
                let provider = try #require(made)
                try await provider.checkHealth()
                await provider.close()
            }
        }
        let used = peer.requests.map { $0[field: "Authorization"]?.contains("AKIAPROFILE") }
        #expect(used == [false, true])
    }

    @Test(
        "Names of keys",
        arguments: [
            ("1234abcd-12ab-34cd-56ef-1234567890ab", true), ("mrk-1234abcd12ab34cd56ef1234567890ab", true),
            ("alias/signet", true), ("alias/team/signet_1", true), (arn, true),
            ("arn:aws-cn:kms:cn-north-1:123456789012:alias/signet", true), ("", false), ("alias/", false),
            ("arn:aws:kms:eu-west-1:123456789012:key/", false), ("arn:aws:s3:eu-west-1:123456789012:key/x", false),
            ("arn:aws:kms::123456789012:key/x", false), ("arn:aws:kms:eu-west-1:1:key/x:y", false), ("key/x", false),
            ("a\"b", false), ("ä", false),
        ])
    func keys(text: String, isKey: Bool) {
        #expect((KMSKeyName(text) != nil) == isKey)
    }

    @Test("Endpoints of regions")
    func endpoints() {
        #expect(AWSEndpoint.service("kms", region: "eu-west-1")?.url == "https://kms.eu-west-1.amazonaws.com")
        #expect(AWSEndpoint.service("sts", region: "cn-north-1")?.url == "https://sts.cn-north-1.amazonaws.com.cn")
        #expect(AWSEndpoint("http://127.0.0.1:4566")?.authority == "127.0.0.1:4566")
        #expect(AWSEndpoint("https://kms.example:443")?.authority == "kms.example")
        #expect(AWSEndpoint("http://169.254.169.254") == nil)
    }
}
