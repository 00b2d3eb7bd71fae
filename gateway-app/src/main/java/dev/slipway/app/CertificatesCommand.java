package dev.slipway.app;

import dev.slipway.app.keys.DevelopmentCa;
import dev.slipway.app.keys.Fingerprints;
import dev.slipway.app.keys.ServerCertificate;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Makes certificates for development. */
@Command(
        name = "certs",
        description = "Creates a server certificate, signed by a development CA, which is created if there is none.",
        mixinStandardHelpOptions = true)
final class CertificatesCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Option(
            names = "--directory",
            paramLabel = "DIR",
            defaultValue = "certs",
            description = "Directory for the files. Default: ${DEFAULT-VALUE}")
    private Path directory = Path.of("certs");

    @Option(
            names = "--host",
            paramLabel = "NAME",
            split = ",",
            defaultValue = "localhost,127.0.0.1,::1",
            description = "Host names and addresses of the server. Default: ${DEFAULT-VALUE}")
    private List<String> hosts = List.of();

    @Override
    public Integer call() throws IOException {
        DevelopmentCa ca = DevelopmentCa.openOrCreate(directory);
        var files = ca.server("server", hosts);
        PrintWriter out = spec.commandLine().getOut();
        out.println("certificate  " + files.certificate());
        out.println("key          " + files.key());
        out.println("CA           " + ca.certificateFile() + " (give this to clients; keep ca-key.pem private)");
        out.println(
                "SHA-256      " + Fingerprints.of(ServerCertificate.load(files).leaf()));
        out.flush();
        return 0;
    }
}
