package dev.slipway.app.keys;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.HexFormat;

/** Fingerprints in the form in which clients print them. */
public final class Fingerprints {
    private Fingerprints() {}

    /** The fingerprint of an SSH key as OpenSSH prints it: {@code SHA256:} and unpadded Base64. */
    public static String of(PublicKey key) {
        return "SHA256:" + Base64.getEncoder().withoutPadding().encodeToString(sha256(SshKeys.encodePublic(key)));
    }

    /** The SHA-256 fingerprint of a certificate as OpenSSL and FTP clients print it: 32 hexadecimal pairs with colons. */
    public static String of(X509Certificate certificate) {
        try {
            return HexFormat.ofDelimiter(":").withUpperCase().formatHex(sha256(certificate.getEncoded()));
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException("a loaded certificate cannot be encoded", e);
        }
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }
}
