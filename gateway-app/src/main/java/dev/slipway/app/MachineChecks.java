package dev.slipway.app;

import com.sun.management.HotSpotDiagnosticMXBean;
import dev.slipway.app.config.ConfigurationException;
import dev.slipway.app.config.GatewaySettings;
import dev.slipway.app.config.Problem;
import dev.slipway.app.keys.CertificateSource;
import dev.slipway.app.keys.HostKeys;
import dev.slipway.app.keys.SecretKeyFile;
import dev.slipway.app.keys.ServerCertificate;
import dev.slipway.app.keys.TlsIdentities;
import dev.slipway.core.net.Authorities;
import dev.slipway.core.unit.DataSize;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What settings that are right by themselves need of this machine. Everything that is wrong is found at once; nothing is made
 * or changed.
 */
final class MachineChecks {
    private final GatewaySettings settings;
    private final List<Problem> problems = new ArrayList<>();

    private MachineChecks(GatewaySettings settings) {
        this.settings = settings;
    }

    /** What is wrong with the addresses that are listened on, and with the files that the settings name. Reads those files. */
    static List<Problem> ofFilesAndAddresses(GatewaySettings settings) {
        MachineChecks checks = new MachineChecks(settings);
        checks.checkAddress("ftps.bind", settings.ftps().bind());
        checks.checkAddress("sftp.bind", settings.sftp().bind());
        checks.checkAddress("admin.bind", settings.admin().bind());
        checks.checkStore(settings.s3());
        checks.checkCertificate(settings.ftps());
        checks.checkSsh(settings.sftp());
        checks.attempt("amqp", () -> OutcomeSettings.amqp(settings));
        checks.attempt("remotes", () -> RemoteSettings.remotes(settings));
        Path secretKey = settings.transfer().secretKeyFile();
        if (secretKey != null) {
            checks.attempt("transfer.secretKeyFile", () -> SecretKeyFile.read(secretKey));
        }
        return checks.problems;
    }

    /** What is wrong with the memory that the settings want, which this Java process may or may not use. */
    static List<Problem> ofMemory(GatewaySettings settings) {
        MachineChecks checks = new MachineChecks(settings);
        checks.checkMemory();
        return checks.problems;
    }

    private interface Check {
        void run() throws ConfigurationException, IOException;
    }

    /**
     * Notes what a check fails with.
     *
     * @param key the setting that it is about, where the failure names none
     */
    private void attempt(String key, Check check) {
        try {
            check.run();
        } catch (ConfigurationException e) {
            problems.addAll(e.problems());
        } catch (IOException | UncheckedIOException | IllegalArgumentException e) {
            // These messages name the file.
            problems.add(new Problem("", key, null, String.valueOf(e.getMessage())));
        }
    }

    private void checkAddress(String key, String host) {
        try {
            var _ = InetAddress.getByName(host);
        } catch (UnknownHostException e) {
            problems.add(new Problem("", key, host, "is no address or host name that this machine knows"));
        }
    }

    private void checkStore(GatewaySettings.S3 s3) {
        Path caFile = s3.caFile();
        if (caFile != null) {
            attempt("s3.caFile", () -> Authorities.trustManagers(caFile));
        }
        attempt("storage", () -> StoreSettings.of(settings));
    }

    private void checkCertificate(GatewaySettings.Ftps ftps) {
        CertificateSource source = Gateway.certificate(ftps);
        String key = source instanceof CertificateSource.Pkcs12File ? "ftps.keyStore" : "ftps.certificate";
        boolean readable = isReadable(key, ftps.keyStore() == null ? ftps.certificate() : ftps.keyStore());
        if (isReadable("ftps.key", ftps.key()) && readable && source != null) {
            attempt(key, () -> ServerCertificate.load(source));
        }
        Path authorities = ftps.clientCaFile();
        if (authorities != null) {
            attempt("ftps.clientCaFile", () -> TlsIdentities.trust(authorities));
        }
    }

    private void checkSsh(GatewaySettings.Sftp sftp) {
        Path hostKeys = sftp.hostKeys();
        if (hostKeys != null) {
            attempt("sftp.hostKeys", () -> HostKeys.check(hostKeys));
        }
        boolean readable = isReadable("sftp.trustedUserCaFile", sftp.trustedUserCaFile());
        if (isReadable("sftp.revokedKeys", sftp.revokedKeys()) && readable) {
            attempt("sftp.trustedUserCaFile and sftp.revokedKeys", () -> Gateway.trust(sftp));
        }
    }

    /** Whether there is no such setting, or its file can be read; if neither, that is a problem. */
    private boolean isReadable(String key, @Nullable Path file) {
        if (file == null || Files.isReadable(file)) {
            return true;
        }
        problems.add(new Problem(
                "",
                key,
                file.toString(),
                Files.exists(file)
                        ? "cannot be read; it must be readable for the user that runs Slipway"
                        : "there is no such file"));
        return false;
    }

    private void checkMemory() {
        HotSpotDiagnosticMXBean machine = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        long heap = Runtime.getRuntime().maxMemory();
        long direct = Long.parseLong(machine.getVMOption("MaxDirectMemorySize").getValue());
        if (direct == 0) {
            direct = heap;
        }
        GatewaySettings.Memory memory = settings.memory();
        long wanted = memory.parts().bytes() + memory.downloads().bytes();
        if (wanted > direct) {
            problems.add(new Problem(
                    "",
                    "memory.parts",
                    memory.parts().toString(),
                    "does not fit: with memory.downloads it is " + new DataSize(wanted)
                            + ", and this Java process may use " + (direct >> 20)
                            + "MiB of direct memory. Start it with a larger -XX:MaxDirectMemorySize"));
        }
        DataSize windows = settings.sftp().windowMemory();
        if (settings.sftp().port().isOn() && windows.bytes() > heap / 3 * 2) {
            problems.add(new Problem(
                    "",
                    "sftp.windowMemory",
                    windows.toString(),
                    "does not fit: it may be two thirds of the Java heap, which is " + (heap >> 20)
                            + "MiB. Start it with a larger -Xmx"));
        }
    }
}
