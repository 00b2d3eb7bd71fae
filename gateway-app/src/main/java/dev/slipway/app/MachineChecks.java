package dev.slipway.app;

import com.sun.management.OperatingSystemMXBean;
import dev.slipway.app.config.ConfigurationException;
import dev.slipway.app.config.GatewaySettings;
import dev.slipway.app.keys.CertificateSource;
import dev.slipway.app.keys.HostKeys;
import dev.slipway.app.keys.Pem;
import dev.slipway.app.keys.SecretKeyFile;
import dev.slipway.app.keys.ServerCertificate;
import dev.slipway.app.keys.TlsIdentities;
import dev.slipway.app.keys.TrustedCertificates;
import dev.slipway.core.account.PasswordHash;
import dev.slipway.core.net.Authorities;
import dev.slipway.core.setting.Problem;
import dev.slipway.core.setting.Secret;
import dev.slipway.core.unit.DataSize;
import dev.slipway.ftps.FtpsSettings;
import dev.slipway.sftp.SftpServer;
import dev.slipway.sftp.SftpSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Checks valid settings against this machine: reads each file, and reports all problems together. Creates and changes
 * nothing.
 */
final class MachineChecks {
    private final GatewaySettings settings;
    private final List<Problem> problems = new ArrayList<>();

    private MachineChecks(GatewaySettings settings) {
        this.settings = settings;
    }

    static MachineChecks of(GatewaySettings settings) {
        return new MachineChecks(settings);
    }

    /** Checks the listening addresses, and reads the files named in the settings. */
    MachineChecks filesAndAddresses() {
        checkAddress("ftps.bind", settings.ftps().bind());
        checkAddress("sftp.bind", settings.sftp().bind());
        checkAddress("admin.bind", settings.admin().bind());
        store();
        checkCertificate(settings.ftps());
        checkSsh(settings.sftp());
        attempt("amqp", () -> OutcomeSettings.amqp(settings));
        Path manifestCaFile = settings.manifest().caFile();
        if (manifestCaFile != null) {
            attempt("manifest.caFile", () -> Authorities.trustManagers(manifestCaFile));
        }
        attempt("remotes", () -> RemoteSettings.remotes(settings));
        Path secretKey = settings.transfer().secretKeyFile();
        if (secretKey != null) {
            attempt("transfer.secretKeyFile", () -> SecretKeyFile.read(secretKey));
        }
        return this;
    }

    /** Reads the keys of OpenPGP, and looks what rules do with them today. A gateway starts without the latter. */
    MachineChecks openPgpKeys() {
        attempt("openpgpKeys", () -> OpenPgpKeyFiles.check(settings));
        return this;
    }

    /** Checks the files named in the settings of the store. */
    MachineChecks store() {
        Path caFile = settings.s3().caFile();
        if (caFile != null) {
            attempt("s3.caFile", () -> Authorities.trustManagers(caFile));
        }
        attempt("storage", () -> StoreSettings.of(settings));
        return this;
    }

    /** Checks the audit file, which only the command line writes. */
    MachineChecks auditFile() {
        Path file = settings.log().auditFile();
        if (file != null && !isWritable(file.toAbsolutePath())) {
            problems.add(new Problem(
                    "",
                    "log.auditFile",
                    file.toString(),
                    "cannot be written; the file or its folder must be writable for the user that runs Slipway"));
        }
        return this;
    }

    /** Whether a file can be written, or created with its folders. */
    private static boolean isWritable(Path file) {
        if (Files.exists(file)) {
            return !Files.isDirectory(file) && Files.isWritable(file);
        }
        Path folder = file.getParent();
        while (folder != null && Files.notExists(folder)) {
            folder = folder.getParent();
        }
        return folder != null && Files.isDirectory(folder) && Files.isWritable(folder);
    }

    /**
     * Ends the checks.
     *
     * @throws MachineException with every problem, if there are any
     */
    void report() throws MachineException {
        if (!problems.isEmpty()) {
            throw new MachineException(problems);
        }
    }

    private interface Check {
        void run() throws ConfigurationException, IOException;
    }

    /**
     * Records the failure of a check.
     *
     * @param key the setting, if the failure names none
     */
    private void attempt(String key, Check check) {
        try {
            check.run();
        } catch (ConfigurationException e) {
            problems.addAll(e.problems());
        } catch (IOException | UncheckedIOException | IllegalArgumentException e) {
            add(key, e);
        }
    }

    /** @param failure whose message names the file */
    private void add(String key, Exception failure) {
        problems.add(new Problem("", key, null, String.valueOf(failure.getMessage())));
    }

    private void checkAddress(String key, String host) {
        try {
            var _ = InetAddress.getByName(host);
        } catch (UnknownHostException e) {
            problems.add(new Problem("", key, host, "is not an address or a host name that this machine can resolve"));
        }
    }

    private void checkCertificate(FtpsSettings ftps) {
        switch (GatewayKeys.certificate(ftps)) {
            case CertificateSource.PemFiles pem -> {
                int before = problems.size();
                attempt("ftps.certificate", () -> Pem.readCertificates(pem.certificate()));
                attempt("ftps.key", () -> Pem.readPrivateKey(pem.key(), pem.password()));
                if (problems.size() == before) {
                    attempt("ftps.certificate and ftps.key", () -> ServerCertificate.load(pem));
                }
            }
            case CertificateSource.Pkcs12File pkcs12 -> attempt("ftps.keyStore", () -> ServerCertificate.load(pkcs12));
            case null -> {}
        }
        Path authorities = ftps.clientCaFile();
        if (authorities != null) {
            attempt("ftps.clientCaFile", () -> TlsIdentities.trust(authorities));
        }
    }

    private void checkSsh(SftpSettings sftp) {
        if (sftp.hostKeys() != null) {
            HostKeys.problems(sftp.hostKeys()).forEach(problem -> add("sftp.hostKeys", problem));
        }
        if (sftp.port().isOn()) {
            attempt(
                    "sftp.trustedUserCaFile",
                    () -> TrustedCertificates.follow(sftp.trustedUserCaKeys(), sftp.trustedUserCaFile(), null));
            attempt("sftp.revokedKeys", () -> TrustedCertificates.follow(List.of(), null, sftp.revokedKeys()));
        }
    }

    /** The memory of the machine, or of the container or unit that this process is in, in bytes. */
    static long machineMemory() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    }

    /** Checks that the memory in the settings is available to this Java process. */
    MachineChecks memory() {
        MemoryBudgets budgets = MemoryBudgets.of(settings);
        if (budgets.directNeeded() > budgets.direct()) {
            DataSize parts = settings.memory().parts();
            problems.add(new Problem(
                    "",
                    "memory.parts",
                    parts == null ? null : parts.toString(),
                    "does not fit: with memory.downloads and memory.earlyBlocks it is "
                            + new DataSize(budgets.directNeeded()) + ", and this Java process may use "
                            + (budgets.direct() >> 20)
                            + "MiB of direct memory. Start Java with a larger -XX:MaxDirectMemorySize"));
        }
        DataSize windows = settings.sftp().windowMemory();
        if (settings.sftp().port().isOn() && windows != null && windows.bytes() > budgets.heap() / 2) {
            problems.add(new Problem(
                    "",
                    "sftp.windowMemory",
                    windows.toString(),
                    "does not fit: it may be at most half of the Java heap, which is " + (budgets.heap() >> 20)
                            + "MiB. Start it with a larger -Xmx"));
        }
        Integer unauthenticated = settings.sftp().maxUnauthenticatedConnections();
        if (settings.sftp().port().isOn()
                && unauthenticated != null
                && unauthenticated > budgets.heap() / 2 / SftpServer.UNAUTHENTICATED_BYTES) {
            problems.add(new Problem(
                    "",
                    "sftp.maxUnauthenticatedConnections",
                    Integer.toString(unauthenticated),
                    "does not fit: each connection may take " + (SftpServer.UNAUTHENTICATED_BYTES >> 10)
                            + "KiB and all together half of the Java heap, which is " + (budgets.heap() >> 20)
                            + "MiB: at most " + budgets.heap() / 2 / SftpServer.UNAUTHENTICATED_BYTES
                            + ". Or start Java with a larger -Xmx"));
        }
        checkPasswordHashes(budgets.heap());
        return this;
    }

    /** Anybody who knows an account's name can have its hash computed. */
    private void checkPasswordHashes(long heap) {
        for (int i = 0; i < settings.accounts().size(); i++) {
            Secret hash = settings.accounts().get(i).passwordHash();
            if (hash != null && PasswordHash.parse(hash.reveal()).memoryBytes() > heap / 4) {
                problems.add(new Problem(
                        "",
                        "accounts[" + i + "].passwordHash",
                        null,
                        "does not fit: to check a password with it takes "
                                + (PasswordHash.parse(hash.reveal()).memoryBytes() >> 20)
                                + "MiB, and it may be at most a quarter of the Java heap, which is " + (heap >> 20)
                                + "MiB. Make one with slipway hash-password, or start Java with a larger -Xmx"));
            }
        }
    }
}
