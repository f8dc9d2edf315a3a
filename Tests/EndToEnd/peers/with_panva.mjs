// panva/jose as Debian packages it. The jobs and results are those of driver.py.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

// Debian's place. Its own node looks there; others do not.
const place = "/usr/share/nodejs/jose";
const jose = await import(`${place}/dist/node/esm/index.js`);
const octets = (text) => new TextEncoder().encode(text);
const text = (bytes) => new TextDecoder().decode(bytes);
const imported = (key, alg) => jose.importJWK(key, alg);

const MAKER = {
  "P-256": ["ES256"], "P-384": ["ES384"], "P-521": ["ES512"], secp256k1: ["ES256K"],
  Ed25519: ["EdDSA", "Ed25519"], Ed448: ["EdDSA", "Ed448"], X25519: ["ECDH-ES", "X25519"], X448: ["ECDH-ES", "X448"],
};

async function generate({ kty, crv, bits }) {
  if (kty === "oct") {
    const { randomBytes, createSecretKey } = createRequire(import.meta.url)("node:crypto");
    return { key: await jose.exportJWK(createSecretKey(randomBytes(bits / 8))) };
  }
  const [alg, curve] = kty === "RSA" ? ["RS256"] : MAKER[crv] ?? [kty];
  const { privateKey } = await jose.generateKeyPair(alg, { crv: curve, modulusLength: bits, extractable: true });
  return { key: await jose.exportJWK(privateKey) };
}

async function sign({ signers, payload, form, detached, unencoded }) {
  const header = (signer) => ({
    alg: signer.alg, kid: signer.key.kid, ...(unencoded ? { b64: false, crit: ["b64"] } : {}),
  });
  const [first] = signers;
  const key = await imported(first.key, first.alg);
  if (form === "general") {
    const made = new jose.GeneralSign(octets(payload));
    for (const signer of signers) {
      made.addSignature(await imported(signer.key, signer.alg)).setProtectedHeader(header(signer));
    }
    return { token: JSON.stringify(await made.sign()) };
  }
  if (form === "compact" && !detached) {
    return { token: await new jose.CompactSign(octets(payload)).setProtectedHeader(header(first)).sign(key) };
  }
  const made = await new jose.FlattenedSign(octets(payload)).setProtectedHeader(header(first)).sign(key);
  return { token: form === "compact" ? `${made.protected}..${made.signature}` : JSON.stringify(made) };
}

async function verify({ alg, key, token, form, payload }) {
  const options = { algorithms: [alg] };
  const ready = await imported(key, alg);
  if (form !== "compact") {
    const check = form === "general" ? jose.generalVerify : jose.flattenedVerify;
    return { payload: text((await check(JSON.parse(token), ready, options)).payload) };
  }
  if (payload === null) return { payload: text((await jose.compactVerify(token, ready, options)).payload) };
  const [head, , signature] = token.split(".");
  const unencoded = jose.decodeProtectedHeader(token).b64 === false;
  const carried = unencoded ? octets(payload) : jose.base64url.encode(payload);
  const checked = await jose.flattenedVerify({ protected: head, payload: carried, signature }, ready, options);
  return { payload: text(checked.payload) };
}

async function encrypt({ recipients, enc, payload, form, zip, aad }) {
  const [first] = recipients;
  const shared = { enc, ...(zip ? { zip: "DEF" } : {}) };
  const key = await imported(first.key, first.alg);
  if (form === "general") {
    const made = new jose.GeneralEncrypt(octets(payload)).setProtectedHeader(shared);
    if (aad) made.setAdditionalAuthenticatedData(octets(aad));
    for (const { alg, key } of recipients) {
      made.addRecipient(await imported(key, alg)).setUnprotectedHeader({ alg, kid: key.kid });
    }
    return { token: JSON.stringify(await made.encrypt()) };
  }
  const header = { alg: first.alg, kid: first.key.kid, ...shared };
  if (form === "compact") {
    return { token: await new jose.CompactEncrypt(octets(payload)).setProtectedHeader(header).encrypt(key) };
  }
  const made = new jose.FlattenedEncrypt(octets(payload)).setProtectedHeader(header);
  if (aad) made.setAdditionalAuthenticatedData(octets(aad));
  return { token: JSON.stringify(await made.encrypt(key)) };
}

async function decrypt({ alg, enc, key, token, form }) {
  // Its own bound on the iterations of passwords is 10,000, and Signet writes 600,000.
  const options = {
    keyManagementAlgorithms: [alg], contentEncryptionAlgorithms: [enc], maxPBES2Count: 600_000,
  };
  const ready = await imported(key, alg);
  const open = { compact: jose.compactDecrypt, flattened: jose.flattenedDecrypt, general: jose.generalDecrypt }[form];
  const opened = await open(form === "compact" ? token : JSON.parse(token), ready, options);
  return { payload: text(opened.plaintext) };
}

async function import_pem({ pem, private: isPrivate, alg }) {
  const read = isPrivate ? jose.importPKCS8 : pem.includes("CERTIFICATE") ? jose.importX509 : jose.importSPKI;
  return { key: await jose.exportJWK(await read(pem, alg, { extractable: true })) };
}

async function export_pem({ key, private: isPrivate, alg }) {
  const ready = await imported(key, alg);
  return { pem: await (isPrivate ? jose.exportPKCS8(ready) : jose.exportSPKI(ready)) };
}

const operations = {
  generate, sign, verify, encrypt, decrypt, import_pem, export_pem,
  thumbprint: async ({ key }) => ({ thumbprint: await jose.calculateJwkThumbprint(key) }),
  version: async () => ({
    version: `${JSON.parse(readFileSync(`${place}/package.json`)).version}, Node ${process.versions.node}`,
  }),
};
const results = [];
for (const job of JSON.parse(readFileSync(0))) {
  try {
    results.push(await operations[job.op](job));
  } catch (error) {
    results.push({ error: `${error.name} ${error.code ?? ""}: ${error.message}`.slice(0, 300) });
  }
}
process.stdout.write(JSON.stringify(results));
