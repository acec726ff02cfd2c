#!/bin/sh
# moto, the usual stand-in for AWS, signs something else than KMS does, and verifies it itself. With
# MessageType DIGEST, KMS signs the digest that it is given (API reference, Sign); moto 5.2.5 hashes
# it once more, in silence, and its own Verify says that all is well. Its PSS signatures have the
# longest salt that fits, where those of KMS have one as long as the hash (RFC 7518, section 3.5,
# demands that of PS256). Whoever tests a signer of JOSE or COSE against it with both ends in moto
# learns nothing; verified by the public key, every signature is wrong. Needs python3 with venv.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
./venv/bin/pip install --quiet --disable-pip-version-check 'moto[kms]==5.2.5'
AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x AWS_DEFAULT_REGION=eu-west-1 ./venv/bin/python - <<'PY'
import hashlib
import boto3
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding
from moto import mock_aws

TEXT = b'a text'
DIGEST = hashlib.sha256(TEXT).digest()

def holds(check):
    try:
        check()
        return True
    except InvalidSignature:
        return False

with mock_aws():
    kms = boto3.client('kms')
    def make(spec):
        key = kms.create_key(KeySpec=spec, KeyUsage='SIGN_VERIFY')['KeyMetadata']['KeyId']
        spki = kms.get_public_key(KeyId=key)['PublicKey']
        return key, serialization.load_der_public_key(spki)
    def sign(key, message, kind, algorithm):
        asked = dict(KeyId=key, Message=message, MessageType=kind, SigningAlgorithm=algorithm)
        signature = kms.sign(**asked)['Signature']
        own = kms.verify(**asked, Signature=signature)['SignatureValid']
        return signature, own
    curve, point = make('ECC_NIST_P256')
    signature, own = sign(curve, DIGEST, 'DIGEST', 'ECDSA_SHA_256')
    as_kms = holds(lambda: point.verify(signature, TEXT, ec.ECDSA(hashes.SHA256())))
    twice = holds(lambda: point.verify(signature, DIGEST, ec.ECDSA(hashes.SHA256())))
    print('digest: its own Verify', own, '- of the text', as_kms, '- of the digest as a text', twice)
    rsa, modulus = make('RSA_2048')
    signature, _ = sign(rsa, TEXT, 'RAW', 'RSASSA_PSS_SHA_256')
    def pss(salt):
        scheme = padding.PSS(padding.MGF1(hashes.SHA256()), salt)
        return holds(lambda: modulus.verify(signature, TEXT, scheme, hashes.SHA256()))
    print('salt: as long as the hash', pss(32), '- the longest', pss(padding.PSS.MAX_LENGTH))
    assert (own, as_kms, twice) == (True, False, True)
    assert (pss(32), pss(padding.PSS.MAX_LENGTH)) == (False, True)
PY
