package dev.slipway.app.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.sftp.CertificateTrust.SerialRange;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrustedCertificatesTest {
    private static final String KEY =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOnmxNqZst/L+rks9X5VNm2Z3dlEAlysoDsnVVv3T8p9 anna";

    @TempDir
    private Path folder;

    private TrustedCertificates revoking(String text) throws IOException {
        return TrustedCertificates.follow(List.of(KEY), null, Files.writeString(folder.resolve("revoked"), text));
    }

    @Test
    void revocationsHaveTheFormatOfSshKeygen() throws IOException {
        var trust = revoking("""
                        # comments and empty lines

                        serial: 7
                        serial: 10-18446744073709551615
                        id: anna's laptop
                        """ + KEY + "\n").get();

        assertThat(trust.authorities()).hasSize(1);
        assertThat(trust.revokedSerials())
                .containsExactly(
                        new SerialRange(BigInteger.valueOf(7), BigInteger.valueOf(7)),
                        new SerialRange(BigInteger.TEN, new BigInteger("18446744073709551615")));
        assertThat(trust.revokedIds()).containsExactly("anna's laptop");
        assertThat(trust.revokedKeys())
                .containsExactly(trust.authorities().getFirst().fingerprint());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "serial: 8-7",
                "serial: 18446744073709551616",
                "serial: x",
                "sha256: short",
                "sha1: 0123",
                "not a key",
                "SSHKRL\n\0"
            })
    void unknownRevocationsAreErrors(String text) {
        assertThatThrownBy(() -> revoking(text))
                .isInstanceOf(KeyFileException.class)
                .hasMessageContaining("revoked");
    }

    @Test
    void thereMayBeManyRevocations() throws IOException {
        assertThat(revoking("serial: 18446744073709551615\n".repeat(100_000))
                        .get()
                        .revokedSerials())
                .hasSize(100_000);
    }

    /** A mistake while the gateway runs must not make revoked keys valid again. */
    @Test
    void aChangedFileThatCannotBeUsedChangesNothing() throws IOException {
        TrustedCertificates trust = revoking("serial: 7\n");

        Files.writeString(folder.resolve("revoked"), "serial: seven\n");
        assertThat(trust.get().revokedSerials()).hasSize(1);
        Files.delete(folder.resolve("revoked"));
        assertThat(trust.get().revokedSerials()).hasSize(1);

        Files.writeString(folder.resolve("revoked"), "");
        assertThat(trust.get().revokedSerials()).isEmpty();
    }
}
