package dev.slipway.sftp;

import static dev.slipway.sftp.RealClients.TIME;
import static dev.slipway.sftp.RealClients.remote;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.account.AccountOption;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients set and see of modes and owners, for an account that keeps them. */
@S3Store
class PosixClientsTest {
    private final Path folder;
    private final SftpGateway gateway;
    private final RealClients clients;

    PosixClientsTest(S3Bucket bucket, @TempDir Path folder) throws Exception {
        this.folder = folder;
        UserKey key = UserKey.create(folder);
        this.gateway = SftpGateway.builder(bucket, folder)
                .keys(key.publicKey())
                .options(Set.of(AccountOption.POSIX_ATTRIBUTES))
                .start();
        this.clients = new RealClients(folder, key, gateway.port());
    }

    @AfterEach
    void close() throws IOException {
        gateway.close();
    }

    private void local(String name, String mode) throws IOException {
        Path file = clients.local(name, new byte[] {1, 2, 3});
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    }

    private String mode(String name) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve(name)));
    }

    @Test
    void sftpKeepsAndChangesThem() throws Exception {
        local("script", "rwxr-x---");
        String listing = clients.sftp("""
                put script
                ls -l script
                chmod 604 script
                chown 1234 script
                chgrp 4321 script
                ls -ln script
                mkdir d
                chmod 711 d
                ls -l
                get -p script back
                """).run(TIME).assertSuccess().stdout();
        assertThat(listing)
                .containsPattern("-rwxr-x--- .* script")
                .containsPattern("-rw----r-- +\\S+ +1234 +4321 .* script")
                .containsPattern("drwx--x--x .* d");
        assertThat(mode("back")).isEqualTo("rw----r--");
    }

    @ParameterizedTest
    @ValueSource(strings = {"-O", "-s"})
    void scpKeepsThem(String protocol) throws Exception {
        local("tree/script", "rwxr-xr-x");
        local("tree/secret", "rw-------");
        Files.setPosixFilePermissions(folder.resolve("tree"), PosixFilePermissions.fromString("rwx--x--x"));

        clients.scp(protocol, "-rp", "tree", remote("/")).run(TIME).assertSuccess();
        clients.scp(protocol, "-rp", remote("/tree"), "back").run(TIME).assertSuccess();

        assertThat(mode("back")).isEqualTo("rwx--x--x");
        assertThat(mode("back/script")).isEqualTo("rwxr-xr-x");
        assertThat(mode("back/secret")).isEqualTo("rw-------");
    }
}
