//! The DER (X.690) of an RSA public key, as far as it is written here: a JWKS gives modulus and
//! exponent, and the runtime takes a `SubjectPublicKeyInfo` (RFC 5280 section 4.1, RFC 3279 section
//! 2.3.1).

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const SEQUENCE: u8 = 0x30;
/// `rsaEncryption` with its NULL parameters.
const ALGORITHM: [u8; 15] =
    [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

/// The `SubjectPublicKeyInfo` of a modulus and an exponent, both big-endian.
pub(super) fn rsa_public_key(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let key = [unsigned(modulus), unsigned(exponent)].concat();
    // No bit of the last byte is unused.
    let bits = [&[0], tagged(SEQUENCE, &key).as_slice()].concat();
    tagged(SEQUENCE, &[ALGORITHM.as_slice(), &tagged(BIT_STRING, &bits)].concat())
}

/// A number that isn't negative: a zero keeps its highest bit from being its sign.
fn unsigned(bytes: &[u8]) -> Vec<u8> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let digits = bytes.get(zeros..).unwrap_or_default();
    let is_bare = digits.first().is_some_and(|first| first.leading_zeros() > 0);
    let sign: &[u8] = if is_bare { &[] } else { &[0] };
    tagged(INTEGER, &[sign, digits].concat())
}

fn tagged(tag: u8, body: &[u8]) -> Vec<u8> {
    let length = body.len().to_be_bytes();
    let zeros = length.iter().take_while(|byte| **byte == 0).count();
    let length = length.get(zeros..).unwrap_or_default();
    let mut out = vec![tag];
    match (length, u8::try_from(length.len())) {
        ([], _) => out.push(0),
        ([short @ ..=0x7f], _) => out.push(*short),
        (long, Ok(count)) => {
            out.push(0x80 | count);
            out.extend(long);
        }
        // A length has at most eight bytes.
        (_, Err(_)) => {}
    }
    out.extend(body);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_no_needless_zeros_and_no_sign() {
        assert_eq!(unsigned(&[0, 0, 1, 0, 1]), [2, 3, 1, 0, 1]);
        assert_eq!(unsigned(&[0x80]), [2, 2, 0, 0x80]);
        assert_eq!(unsigned(&[0x7f]), [2, 1, 0x7f]);
        assert_eq!(unsigned(&[]), [2, 1, 0]);
    }

    #[test]
    fn lengths_are_as_short_as_they_can_be() {
        assert_eq!(tagged(SEQUENCE, &[]), [0x30, 0]);
        for (bytes, head) in [
            (127, &[0x30, 0x7f][..]),
            (128, &[0x30, 0x81, 0x80]),
            (255, &[0x30, 0x81, 0xff]),
            (256, &[0x30, 0x82, 1, 0]),
        ] {
            assert!(tagged(SEQUENCE, &vec![9; bytes]).starts_with(&[head, &[9]].concat()));
        }
    }
}
