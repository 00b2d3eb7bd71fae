package dev.slipway.app.keys;

import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Date;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A certificate authority for development and first starts: it lives in a directory as {@code ca.pem} and {@code
 * ca-key.pem} and signs server certificates (ECDSA P-256). Clients with {@code ca.pem} can verify them. Anybody who can
 * read {@code ca-key.pem} can impersonate any host to those clients; its mode is 0600.
 */
public final class DevelopmentCa {
    private static final Logger log = LoggerFactory.getLogger(DevelopmentCa.class);
    private static final Duration CA_LIFETIME = Duration.ofDays(3650);
    /** Clients reject server certificates with a lifetime of more than 825 days. */
    private static final Duration SERVER_LIFETIME = Duration.ofDays(820);

    private static final Duration RENEW_BEFORE = Duration.ofDays(30);
    private static final Duration CLOCK_DIFFERENCE = Duration.ofHours(1);

    private final Path directory;
    private final Clock clock;
    private final X509Certificate certificate;
    private final PrivateKey key;

    private DevelopmentCa(Path directory, Clock clock, X509Certificate certificate, PrivateKey key) {
        this.directory = directory;
        this.clock = clock;
        this.certificate = certificate;
        this.key = key;
    }

    /** Reads the CA in a directory, or creates it on the first call. */
    public static DevelopmentCa openOrCreate(Path directory) throws IOException {
        return openOrCreate(directory, Clock.systemUTC());
    }

    static DevelopmentCa openOrCreate(Path directory, Clock clock) throws IOException {
        Path certificateFile = directory.resolve("ca.pem");
        Path keyFile = directory.resolve("ca-key.pem");
        // A key without its certificate is a leftover of a crash; no client can trust it yet.
        if (!Files.exists(certificateFile)) {
            PrivateFiles.createDirectory(directory);
            create(certificateFile, keyFile, clock);
        }
        var pair = ServerCertificate.load(new CertificateSource.PemFiles(certificateFile, keyFile, null));
        return new DevelopmentCa(directory, clock, pair.leaf(), pair.key());
    }

    private static void create(Path certificateFile, Path keyFile, Clock clock) throws IOException {
        try {
            KeyPair pair = generate();
            Instant now = clock.instant();
            // The random suffix distinguishes the CAs of two directories in a client's trust store.
            var name = new X500NameBuilder()
                    .addRDN(BCStyle.O, "Slipway")
                    .addRDN(BCStyle.CN, "Slipway development CA " + serial().toString(36))
                    .build();
            var builder = new JcaX509v3CertificateBuilder(
                    name,
                    serial(),
                    Date.from(now.minus(CLOCK_DIFFERENCE)),
                    Date.from(now.plus(CA_LIFETIME)),
                    name,
                    pair.getPublic());
            var extensions = new JcaX509ExtensionUtils();
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
            builder.addExtension(
                    Extension.subjectKeyIdentifier, false, extensions.createSubjectKeyIdentifier(pair.getPublic()));
            PrivateFiles.writeSecret(keyFile, Pem.format(pair.getPrivate()));
            PrivateFiles.writePublic(certificateFile, Pem.format(sign(builder, pair.getPrivate())));
        } catch (GeneralSecurityException | OperatorCreationException e) {
            throw new IOException("cannot create a development CA in " + certificateFile.getParent(), e);
        }
    }

    /** The file that clients need to verify certificates of this CA. */
    public Path certificateFile() {
        return directory.resolve("ca.pem");
    }

    /**
     * A server certificate for exactly these names, in {@code <name>.pem} (followed by the CA) and {@code
     * <name>-key.pem}. An existing one is reused unless it is for other names, of another CA, or expires within 30
     * days.
     *
     * @param name the files' name
     * @param hosts host names and addresses, at least one
     */
    public CertificateSource.PemFiles server(String name, Collection<String> hosts) throws IOException {
        Set<String> names = new LinkedHashSet<>(hosts);
        if (names.isEmpty()) {
            throw new IllegalArgumentException("a certificate needs at least one host name or address");
        }
        var files = new CertificateSource.PemFiles(
                directory.resolve(name + ".pem"), directory.resolve(name + "-key.pem"), null);
        if (!Files.exists(files.certificate()) || !Files.exists(files.key()) || !isCurrent(files, names)) {
            issue(files, names);
        }
        return files;
    }

    private boolean isCurrent(CertificateSource.PemFiles files, Set<String> hosts) {
        try {
            ServerCertificate present = ServerCertificate.load(files);
            present.leaf().verify(certificate.getPublicKey());
            Set<String> names = new TreeSet<>();
            var alternatives = present.leaf().getSubjectAlternativeNames();
            for (List<?> alternative : alternatives == null ? List.<List<?>>of() : alternatives) {
                names.add(canonical(String.valueOf(alternative.get(1))));
            }
            Set<String> wanted = new TreeSet<>();
            hosts.forEach(host -> wanted.add(canonical(host)));
            Instant end = present.leaf().getNotAfter().toInstant();
            return names.equals(wanted) && clock.instant().plus(RENEW_BEFORE).isBefore(end);
        } catch (KeyFileException e) {
            log.warn("Creating a new development certificate: {}", e.getMessage());
            return false;
        } catch (GeneralSecurityException e) {
            log.warn("Creating a new development certificate: {} is not signed by this CA", files.certificate());
            return false;
        }
    }

    private static String canonical(String host) {
        return isAddress(host) ? InetAddress.ofLiteral(host).getHostAddress() : host.toLowerCase(Locale.ROOT);
    }

    private static boolean isAddress(String host) {
        try {
            InetAddress.ofLiteral(host);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private void issue(CertificateSource.PemFiles files, Set<String> hosts) throws IOException {
        try {
            KeyPair pair = generate();
            Instant now = clock.instant();
            Instant end = now.plus(SERVER_LIFETIME);
            Instant caEnd = certificate.getNotAfter().toInstant();
            var issuer = new JcaX509CertificateHolder(certificate);
            String common = hosts.iterator().next();
            var builder = new JcaX509v3CertificateBuilder(
                    issuer.getSubject(),
                    serial(),
                    Date.from(now.minus(CLOCK_DIFFERENCE)),
                    Date.from(end.isBefore(caEnd) ? end : caEnd),
                    // X.520 allows 64 characters in a common name; clients use the alternative names.
                    new X500NameBuilder()
                            .addRDN(BCStyle.CN, common.length() <= 64 ? common : "Slipway")
                            .build(),
                    pair.getPublic());
            var extensions = new JcaX509ExtensionUtils();
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
            builder.addExtension(
                    Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth));
            builder.addExtension(
                    Extension.subjectKeyIdentifier, false, extensions.createSubjectKeyIdentifier(pair.getPublic()));
            builder.addExtension(
                    Extension.authorityKeyIdentifier,
                    false,
                    extensions.createAuthorityKeyIdentifier(certificate.getPublicKey()));
            builder.addExtension(
                    Extension.subjectAlternativeName,
                    false,
                    new GeneralNames(hosts.stream()
                            .map(host -> new GeneralName(
                                    isAddress(host) ? GeneralName.iPAddress : GeneralName.dNSName, host))
                            .toArray(GeneralName[]::new)));
            X509Certificate issued = sign(builder, key);
            PrivateFiles.writeSecret(files.key(), Pem.format(pair.getPrivate()));
            PrivateFiles.writePublic(files.certificate(), Pem.format(issued) + Pem.format(certificate));
        } catch (GeneralSecurityException | OperatorCreationException | IllegalArgumentException e) {
            throw new IOException("cannot create a certificate for " + hosts + ": " + e.getMessage(), e);
        }
    }

    private static X509Certificate sign(X509v3CertificateBuilder builder, PrivateKey key)
            throws OperatorCreationException, GeneralSecurityException {
        var signer = new JcaContentSignerBuilder("SHA256withECDSA").build(key);
        return new JcaX509CertificateConverter().getCertificate(builder.build(signer));
    }

    private static KeyPair generate() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    private static BigInteger serial() {
        return new BigInteger(120, new SecureRandom()).add(BigInteger.ONE);
    }
}
