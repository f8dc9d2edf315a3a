/// A certificate that a root of our own gave to partner.example, valid for a hundred years; made by OpenSSL.
enum Chain {
    /// The root, in PEM.
    static let root = [UInt8](
        """
        -----BEGIN CERTIFICATE-----
        MIIBlTCCATugAwIBAgIUOAPTWXwSN2sgN/DKuVRx2p+9zgMwCgYIKoZIzj0EAwIw
        FzEVMBMGA1UEAwwMRXhhbXBsZSByb290MCAXDTI2MTEyNzA2NDU1N1oYDzIxMjYx
        MTAzMDY0NTU3WjAXMRUwEwYDVQQDDAxFeGFtcGxlIHJvb3QwWTATBgcqhkjOPQIB
        BggqhkjOPQMBBwNCAATbgc/0N7HwEZaIfQjoVYAHhAthH5ywwHK8nq2u4HdqF/DF
        IEc3qKIVBlwc3tWSur/Nc7O24EvF02cQStjkEvjao2MwYTAdBgNVHQ4EFgQUvbAQ
        W8+Yqd8Vh6AR9bBk0zkAFTswHwYDVR0jBBgwFoAUvbAQW8+Yqd8Vh6AR9bBk0zkA
        FTswDwYDVR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAQYwCgYIKoZIzj0EAwID
        SAAwRQIgNLC/G6dgfE7cnjaNu08BSITl2pNUVGAz5mljr3r6GJwCIQDcUNFeIewb
        XSLuFuFNRDS0OTLGC77SgWg0e58XPz9KdQ==
        -----END CERTIFICATE-----
        """.utf8)

    /// The certificate, base64 of DER.
    static let leaf = """
        MIIBqDCCAU+gAwIBAgIUI7h3/DcoUChyWZb/UUuE37UUDJcwCgYIKoZIzj0EAwIwFzEVMBMGA1UEAwwMRXhhbXBsZSByb290\
        MCAXDTI2MTEyNzA2NDU1N1oYDzIxMjYxMTAzMDY0NTU3WjASMRAwDgYDVQQDDAdwYXJ0bmVyMFkwEwYHKoZIzj0CAQYIKoZI\
        zj0DAQcDQgAEAyE17KWcoLexGTBhWDpTPMtbZAOH/TUD6CWbNTXyuX7psT0HE59JyAu8JhcuhDNUjH2eLENjOD3NTe+zavc1\
        CaN8MHowDAYDVR0TAQH/BAIwADAOBgNVHQ8BAf8EBAMCB4AwGgYDVR0RBBMwEYIPcGFydG5lci5leGFtcGxlMB0GA1UdDgQW\
        BBRVMXm3EQvZP/uK5geUSPVXu4KhPTAfBgNVHSMEGDAWgBS9sBBbz5ip3xWHoBH1sGTTOQAVOzAKBggqhkjOPQQDAgNHADBE\
        AiBAISblSEyUL5B2LSX1U8UKvKaDWBPhIQnZ1sAkcEajAQIgQbh2pIKOCO7a5b/MVpzGEAR504+l1d8ridB+Sw8rZsA=
        """

    /// Its private key, in PEM.
    static let leafKey = [UInt8](
        """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg3S2sLH2rzs++uUL4
        UZpExBIaeM4vMLlYiC3R840u7l+hRANCAAQDITXspZygt7EZMGFYOlM8y1tkA4f9
        NQPoJZs1NfK5fumxPQcTn0nIC7wmFy6EM1SMfZ4sQ2M4Pc1N77Nq9zUJ
        -----END PRIVATE KEY-----
        """.utf8)
}
