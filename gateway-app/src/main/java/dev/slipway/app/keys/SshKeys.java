package dev.slipway.app.keys;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.crypto.CipherParameters;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.crypto.params.RSAKeyParameters;
import org.bouncycastle.crypto.params.RSAPrivateCrtKeyParameters;
import org.bouncycastle.crypto.util.OpenSSHPrivateKeyUtil;
import org.bouncycastle.crypto.util.OpenSSHPublicKeyUtil;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.crypto.util.PrivateKeyInfoFactory;
import org.bouncycastle.crypto.util.PublicKeyFactory;
import org.bouncycastle.crypto.util.SubjectPublicKeyInfoFactory;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.math.ec.FixedPointCombMultiplier;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemReader;

/** Converts SSH keys between Java and OpenSSH formats. Ed25519 keys are BouncyCastle's, all others the JDK's. */
public final class SshKeys {
    /** Never registered, so as not to change other code's choice of algorithms. */
    private static final Provider BOUNCY_CASTLE = new BouncyCastleProvider();

    private static final String OPENSSH = "OPENSSH PRIVATE KEY";

    private SshKeys() {}

    /**
     * Reads one line of an {@code authorized_keys} file. Options before the key type are rejected: they would be
     * restrictions that are not enforced.
     *
     * @throws IllegalArgumentException with a message for the person who wrote the line
     */
    public static PublicKey parsePublic(String line) {
        String[] words = line.strip().split("\\s+", 3);
        if (words.length < 2 || !isKeyType(words[0])) {
            throw new IllegalArgumentException(
                    "expected '<type> <base64> [comment]' with the type ssh-ed25519, ecdsa-sha2-nistp256, -384, -521 or"
                            + " ssh-rsa, without options");
        }
        try {
            byte[] blob = Base64.getDecoder().decode(words[1]);
            return toPublic(OpenSSHPublicKeyUtil.parsePublicKey(blob));
        } catch (RuntimeException | IOException | GeneralSecurityException e) {
            throw new IllegalArgumentException(
                    "the key's Base64 text is damaged or truncated; copy the whole line of the .pub file", e);
        }
    }

    /** The comment after the key in a line of an {@code authorized_keys} file; may be empty. */
    public static String comment(String line) {
        String[] words = line.strip().split("\\s+", 3);
        return words.length < 3 ? "" : words[2];
    }

    private static boolean isKeyType(String word) {
        return word.equals("ssh-ed25519") || word.equals("ssh-rsa") || word.matches("ecdsa-sha2-nistp(256|384|521)");
    }

    /** The public key as in {@code known_hosts} or {@code authorized_keys}: type and Base64. */
    public static String format(PublicKey key) {
        return type(key) + " " + Base64.getEncoder().encodeToString(encodePublic(key));
    }

    /** The key's type as SSH names it, such as {@code ssh-ed25519}. */
    public static String type(PublicKey key) {
        return switch (key) {
            case RSAPublicKey _ -> "ssh-rsa";
            case ECPublicKey ec ->
                "ecdsa-sha2-nistp" + ec.getParams().getCurve().getField().getFieldSize();
            default -> "ssh-ed25519";
        };
    }

    static byte[] encodePublic(PublicKey key) {
        try {
            return OpenSSHPublicKeyUtil.encodePublicKey(PublicKeyFactory.createKey(key.getEncoded()));
        } catch (IOException e) {
            throw new IllegalArgumentException("not an SSH key: " + key.getAlgorithm(), e);
        }
    }

    /** A private key in a PEM format that {@code ssh-keygen} reads: PKCS#1, SEC1, or OpenSSH's own for Ed25519. */
    static String formatPrivate(KeyPair pair) throws IOException {
        AsymmetricKeyParameter key =
                PrivateKeyFactory.createKey(pair.getPrivate().getEncoded());
        return switch (key) {
            case RSAKeyParameters rsa -> Pem.format("RSA PRIVATE KEY", OpenSSHPrivateKeyUtil.encodePrivateKey(rsa));
            case ECPrivateKeyParameters ec -> {
                var subject = SubjectPublicKeyInfo.getInstance(pair.getPublic().getEncoded());
                var structure = new ECPrivateKey(
                        ec.getParameters().getN().bitLength(),
                        ec.getD(),
                        subject.getPublicKeyData(),
                        subject.getAlgorithm().getParameters());
                yield Pem.format("EC PRIVATE KEY", structure.getEncoded());
            }
            default -> Pem.format(OPENSSH, OpenSSHPrivateKeyUtil.encodePrivateKey(key));
        };
    }

    /**
     * Reads a host key: OpenSSH's own format, PKCS#8, PKCS#1 or SEC1, not encrypted.
     *
     * @throws KeyFileException with the problem of the file
     */
    static KeyPair readPrivate(Path file) throws KeyFileException {
        String text = PrivateFiles.readText(file);
        try {
            PemObject pem = new PemReader(new StringReader(text)).readPemObject();
            if (pem == null) {
                throw new KeyFileException(
                        file, "contains no private key; expected a PEM file as written by ssh-keygen");
            }
            if (pem.getType().equals(OPENSSH)) {
                return toPair(OpenSSHPrivateKeyUtil.parsePrivateKeyBlob(pem.getContent()));
            }
            Object object = new PEMParser(new StringReader(text)).readObject();
            return switch (object) {
                case PEMKeyPair pair -> toPair(PrivateKeyFactory.createKey(pair.getPrivateKeyInfo()));
                case PrivateKeyInfo info -> toPair(PrivateKeyFactory.createKey(info));
                case null, default ->
                    throw new KeyFileException(
                            file,
                            "holds '" + pem.getType()
                                    + "'; expected an unencrypted private key. Remove the passphrase with: ssh-keygen"
                                    + " -p -N '' -f "
                                    + file);
            };
        } catch (KeyFileException e) {
            throw e;
        } catch (IllegalStateException e) {
            // BouncyCastle reports this for a cipher other than "none", and for nothing else in a well-formed file.
            throw new KeyFileException(
                    file, "is encrypted or damaged. Remove a passphrase with: ssh-keygen -p -N '' -f " + file, e);
        } catch (RuntimeException | IOException | GeneralSecurityException e) {
            throw new KeyFileException(file, "is damaged or not a private key: " + e.getMessage(), e);
        }
    }

    private static KeyPair toPair(CipherParameters parameters) throws IOException, GeneralSecurityException {
        AsymmetricKeyParameter publicKey = switch (parameters) {
            case RSAPrivateCrtKeyParameters rsa ->
                new RSAKeyParameters(false, rsa.getModulus(), rsa.getPublicExponent());
            case ECPrivateKeyParameters ec ->
                new ECPublicKeyParameters(
                        new FixedPointCombMultiplier()
                                .multiply(ec.getParameters().getG(), ec.getD()),
                        ec.getParameters());
            case Ed25519PrivateKeyParameters ed25519 -> ed25519.generatePublicKey();
            default ->
                throw new IOException("not an Ed25519, ECDSA or RSA key: "
                        + parameters.getClass().getSimpleName());
        };
        return new KeyPair(toPublic(publicKey), toPrivate((AsymmetricKeyParameter) parameters));
    }

    private static PublicKey toPublic(AsymmetricKeyParameter key) throws IOException, GeneralSecurityException {
        byte[] encoded =
                SubjectPublicKeyInfoFactory.createSubjectPublicKeyInfo(key).getEncoded();
        return factory(key).generatePublic(new X509EncodedKeySpec(encoded));
    }

    private static PrivateKey toPrivate(AsymmetricKeyParameter key) throws IOException, GeneralSecurityException {
        byte[] encoded = PrivateKeyInfoFactory.createPrivateKeyInfo(key).getEncoded();
        return factory(key).generatePrivate(new PKCS8EncodedKeySpec(encoded));
    }

    /** The SSH library knows Ed25519 keys only as BouncyCastle's; everything else is faster in the JDK. */
    private static KeyFactory factory(AsymmetricKeyParameter key) throws IOException, GeneralSecurityException {
        return switch (key) {
            case RSAKeyParameters _ -> KeyFactory.getInstance("RSA");
            case ECPrivateKeyParameters _, ECPublicKeyParameters _ -> KeyFactory.getInstance("EC");
            case Ed25519PrivateKeyParameters _, Ed25519PublicKeyParameters _ ->
                KeyFactory.getInstance("Ed25519", BOUNCY_CASTLE);
            default ->
                throw new IOException(
                        "not an Ed25519, ECDSA or RSA key: " + key.getClass().getSimpleName());
        };
    }

    static Provider bouncyCastle() {
        return BOUNCY_CASTLE;
    }
}
