// go-jose as Debian packages it. The jobs and results are those of driver.py.
package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"gopkg.in/square/go-jose.v2"
)

type party struct {
	Alg string          `json:"alg"`
	Key json.RawMessage `json:"key"`
}

type job struct {
	Op         string          `json:"op"`
	Kty        string          `json:"kty"`
	Crv        string          `json:"crv"`
	Bits       int             `json:"bits"`
	Alg        string          `json:"alg"`
	Enc        string          `json:"enc"`
	Key        json.RawMessage `json:"key"`
	Signers    []party         `json:"signers"`
	Recipients []party         `json:"recipients"`
	Payload    *string         `json:"payload"`
	Token      string          `json:"token"`
	Form       string          `json:"form"`
	Detached   bool            `json:"detached"`
	Unencoded  bool            `json:"unencoded"`
	Zip        bool            `json:"zip"`
	AAD        *string         `json:"aad"`
	PEM        string          `json:"pem"`
	Private    bool            `json:"private"`
}

type result map[string]interface{}

func read(raw json.RawMessage) (*jose.JSONWebKey, error) {
	var key jose.JSONWebKey
	return &key, json.Unmarshal(raw, &key)
}

func version(job) (result, error) {
	out, err := exec.Command(
		"dpkg-query", "--show", "--showformat=${Version}", "golang-gopkg-square-go-jose.v2-dev").Output()
	return result{"version": string(out)}, err
}

func generate(j job) (result, error) {
	var made interface{}
	var err error
	curves := map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()}
	switch {
	case j.Kty == "oct":
		octets := make([]byte, j.Bits/8)
		_, err = rand.Read(octets)
		made = octets
	case j.Kty == "RSA":
		made, err = rsa.GenerateKey(rand.Reader, j.Bits)
	case j.Kty == "EC" && curves[j.Crv] != nil:
		made, err = ecdsa.GenerateKey(curves[j.Crv], rand.Reader)
	case j.Crv == "Ed25519":
		_, made, err = ed25519.GenerateKey(rand.Reader)
	default:
		return nil, fmt.Errorf("no keys of %s %s", j.Kty, j.Crv)
	}
	return result{"key": jose.JSONWebKey{Key: made}}, err
}

func sign(j job) (result, error) {
	var keys []jose.SigningKey
	for _, signer := range j.Signers {
		key, err := read(signer.Key)
		if err != nil {
			return nil, err
		}
		keys = append(keys, jose.SigningKey{Algorithm: jose.SignatureAlgorithm(signer.Alg), Key: key})
	}
	options := (&jose.SignerOptions{}).WithBase64(!j.Unencoded)
	signer, err := jose.NewMultiSigner(keys, options)
	if err != nil {
		return nil, err
	}
	signed, err := signer.Sign([]byte(*j.Payload))
	if err != nil {
		return nil, err
	}
	var token string
	switch {
	case j.Form != "compact":
		token = signed.FullSerialize()
	case j.Detached:
		token, err = signed.DetachedCompactSerialize()
	default:
		token, err = signed.CompactSerialize()
	}
	return result{"token": token}, err
}

func verify(j job) (result, error) {
	key, err := read(j.Key)
	if err != nil {
		return nil, err
	}
	var signed *jose.JSONWebSignature
	if j.Payload != nil {
		signed, err = jose.ParseDetached(j.Token, []byte(*j.Payload))
	} else {
		signed, err = jose.ParseSigned(j.Token)
	}
	if err != nil {
		return nil, err
	}
	if len(signed.Signatures) > 1 {
		_, _, payload, err := signed.VerifyMulti(key)
		return result{"payload": string(payload)}, err
	}
	if signed.Signatures[0].Header.Algorithm != j.Alg {
		return nil, errors.New("another alg")
	}
	payload, err := signed.Verify(key)
	return result{"payload": string(payload)}, err
}

func encrypt(j job) (result, error) {
	var recipients []jose.Recipient
	for _, one := range j.Recipients {
		key, err := read(one.Key)
		if err != nil {
			return nil, err
		}
		recipient := jose.Recipient{Algorithm: jose.KeyAlgorithm(one.Alg), Key: key}
		if strings.HasPrefix(one.Alg, "PBES2") || one.Alg == "dir" {
			recipient.Key, recipient.KeyID = key.Key, key.KeyID
		}
		recipients = append(recipients, recipient)
	}
	options := &jose.EncrypterOptions{}
	if j.Zip {
		options.Compression = jose.DEFLATE
	}
	var encrypter jose.Encrypter
	var err error
	if len(recipients) == 1 {
		encrypter, err = jose.NewEncrypter(jose.ContentEncryption(j.Enc), recipients[0], options)
	} else {
		encrypter, err = jose.NewMultiEncrypter(jose.ContentEncryption(j.Enc), recipients, options)
	}
	if err != nil {
		return nil, err
	}
	var aad []byte
	if j.AAD != nil {
		aad = []byte(*j.AAD)
	}
	sealed, err := encrypter.EncryptWithAuthData([]byte(*j.Payload), aad)
	if err != nil {
		return nil, err
	}
	if j.Form != "compact" {
		return result{"token": sealed.FullSerialize()}, nil
	}
	token, err := sealed.CompactSerialize()
	return result{"token": token}, err
}

func decrypt(j job) (result, error) {
	key, err := read(j.Key)
	if err != nil {
		return nil, err
	}
	sealed, err := jose.ParseEncrypted(j.Token)
	if err != nil {
		return nil, err
	}
	var plaintext []byte
	if j.Form == "general" {
		_, _, plaintext, err = sealed.DecryptMulti(key)
	} else if sealed.Header.Algorithm != j.Alg {
		return nil, errors.New("another alg")
	} else {
		plaintext, err = sealed.Decrypt(key)
	}
	return result{"payload": string(plaintext)}, err
}

func thumbprint(j job) (result, error) {
	key, err := read(j.Key)
	if err != nil {
		return nil, err
	}
	digest, err := key.Thumbprint(crypto.SHA256)
	return result{"thumbprint": base64.RawURLEncoding.EncodeToString(digest)}, err
}

func importPEM(j job) (result, error) {
	block, _ := pem.Decode([]byte(j.PEM))
	if block == nil {
		return nil, errors.New("no PEM")
	}
	var key interface{}
	var err error
	switch block.Type {
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "CERTIFICATE":
		var certificate *x509.Certificate
		if certificate, err = x509.ParseCertificate(block.Bytes); err == nil {
			key = certificate.PublicKey
		}
	default:
		key, err = x509.ParsePKIXPublicKey(block.Bytes)
	}
	return result{"key": jose.JSONWebKey{Key: key}}, err
}

func exportPEM(j job) (result, error) {
	key, err := read(j.Key)
	if err != nil {
		return nil, err
	}
	label, octets := "PUBLIC KEY", []byte(nil)
	if j.Private {
		label = "PRIVATE KEY"
		octets, err = x509.MarshalPKCS8PrivateKey(key.Key)
	} else {
		octets, err = x509.MarshalPKIXPublicKey(key.Key)
	}
	return result{"pem": string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: octets}))}, err
}

func main() {
	operations := map[string]func(job) (result, error){
		"version": version, "generate": generate, "sign": sign, "verify": verify, "encrypt": encrypt,
		"decrypt": decrypt, "thumbprint": thumbprint, "import_pem": importPEM, "export_pem": exportPEM,
	}
	var jobs []job
	if err := json.NewDecoder(os.Stdin).Decode(&jobs); err != nil {
		panic(err)
	}
	results := []result{}
	for _, j := range jobs {
		made, err := operations[j.Op](j)
		if err != nil {
			made = result{"error": err.Error()}
		}
		results = append(results, made)
	}
	if err := json.NewEncoder(os.Stdout).Encode(results); err != nil {
		panic(err)
	}
}
