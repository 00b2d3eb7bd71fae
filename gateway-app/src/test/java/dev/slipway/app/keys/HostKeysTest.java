package dev.slipway.app.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostKeysTest {
    /** Made by ssh-keygen for this test, like the fingerprints. */
    private static final String ED25519 = """
            -----BEGIN OPENSSH PRIVATE KEY-----
            b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW
            QyNTUxOQAAACDp5sTambLfy/q5LPV+VTZtmd3ZRAJcrKA7J1Vb90/KfQAAAIiGcBfchnAX
            3AAAAAtzc2gtZWQyNTUxOQAAACDp5sTambLfy/q5LPV+VTZtmd3ZRAJcrKA7J1Vb90/KfQ
            AAAEANdm4RNamc/Y5w8vTKKqY/Aax6E5DBBOU6NYSC7wiqtenmxNqZst/L+rks9X5VNm2Z
            3dlEAlysoDsnVVv3T8p9AAAAAWEBAgME
            -----END OPENSSH PRIVATE KEY-----
            """;

    private static final String ED25519_PUBLIC =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOnmxNqZst/L+rks9X5VNm2Z3dlEAlysoDsnVVv3T8p9";
    private static final String ED25519_FINGERPRINT = "SHA256:N74dVBZeM6CHz+apLo9nW/faowh1lBcgWLxnr+oWZds";

    private static final String ECDSA = """
            -----BEGIN OPENSSH PRIVATE KEY-----
            b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAaAAAABNlY2RzYS
            1zaGEyLW5pc3RwMjU2AAAACG5pc3RwMjU2AAAAQQRLzYcBg/avFJ2w7N27hiS6CNmAltob
            smlTFi7CzADHY783sbPs9Vh0/cTk9JLYpKGLMAnf5odrTqKwcz5Ni2DaAAAAoG2z/JVts/
            yVAAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBEvNhwGD9q8UnbDs
            3buGJLoI2YCW2huyaVMWLsLMAMdjvzexs+z1WHT9xOT0ktikoYswCd/mh2tOorBzPk2LYN
            oAAAAgcgO7YZtWyQ8OiNNX316ITzC/mBRABLEthDdEJBYvuiwAAAABYgECAwQFBgc=
            -----END OPENSSH PRIVATE KEY-----
            """;

    private static final String ECDSA_FINGERPRINT = "SHA256:MwjaJaEKcxJ96xSD1btqaPA8ALJblZuxCmaY6VRMOqQ";

    private static final String ENCRYPTED = """
            -----BEGIN OPENSSH PRIVATE KEY-----
            b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABA3ORqDys
            h2jmBVmPcE8M4IAAAAEAAAAAEAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIOlFaTRFSvF578lY
            5p2lpTVdZ9s3vIT80/PMoY46kGc3AAAAkEOIVMe5iWDYJBoeqOkZWP11RvEsLvRPsbmodI
            rHCXvsVIC7AVyGlQ7AoDFXpwY1CWn0IY4pYAW4ettcY4wbXp9rzJ2T+A+dSuBFIjQ6qxCa
            rNefgPNjsNqtXEnmb4hFhCYDR3cLPlsDjKyTGUKlHgAp6aTqqZ1M1y6zw3adCyLnO7frJc
            XiNa5k2zGmDjSjbw==
            -----END OPENSSH PRIVATE KEY-----
            """;

    @TempDir
    private Path directory;

    @Test
    void firstStartMakesThreeKeysThatOnlyTheOwnerCanReadAndLaterStartsReadThem() throws IOException {
        Path keys = directory.resolve("deep/keys");
        List<KeyPair> made = HostKeys.openOrCreate(keys).get();

        assertThat(made)
                .extracting(pair -> SshKeys.type(pair.getPublic()))
                .containsExactly("ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa");
        for (String name : List.of("ssh_host_ed25519_key", "ssh_host_ecdsa_key", "ssh_host_rsa_key")) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(keys.resolve(name))))
                    .isEqualTo("rw-------");
            assertThat(Files.readString(keys.resolve(name + ".pub"))).endsWith(" slipway\n");
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(keys)))
                .isEqualTo("rwx------");

        List<KeyPair> again = HostKeys.openOrCreate(keys).get();
        assertThat(again)
                .extracting(pair -> Fingerprints.of(pair.getPublic()))
                .containsExactlyElementsOf(made.stream()
                        .map(pair -> Fingerprints.of(pair.getPublic()))
                        .toList());
        assertThat(again)
                .allSatisfy(pair -> assertThat(pair.getPrivate())
                        .isIn(made.stream().map(KeyPair::getPrivate).toList()));
    }

    @Test
    void readsKeysThatSshKeygenMadeAndPrintsItsFingerprints() throws IOException {
        Files.writeString(directory.resolve("ssh_host_ed25519_key"), ED25519);
        Files.writeString(directory.resolve("ssh_host_ecdsa_key"), ECDSA);

        assertThat(HostKeys.openOrCreate(directory).get())
                .extracting(pair -> Fingerprints.of(pair.getPublic()))
                .containsExactly(ED25519_FINGERPRINT, ECDSA_FINGERPRINT);
    }

    @Test
    void publicKeyLinesAreReadAndWrittenAlike() {
        var key = SshKeys.parsePublic(ED25519_PUBLIC + " somebody@somewhere");

        assertThat(SshKeys.format(key)).isEqualTo(ED25519_PUBLIC);
        assertThat(Fingerprints.of(key)).isEqualTo(ED25519_FINGERPRINT);
    }

    @Test
    void publicKeyLinesWithOptionsOrDamageAreRefused() {
        assertThatThrownBy(() -> SshKeys.parsePublic("command=\"x\" " + ED25519_PUBLIC))
                .hasMessageContaining("without options");
        assertThatThrownBy(() -> SshKeys.parsePublic(ED25519_PUBLIC.substring(0, 40)))
                .hasMessageContaining("truncated");
        assertThatThrownBy(() -> SshKeys.parsePublic("")).hasMessageContaining("expected");
    }

    @Test
    void changedKeysAreLoadedAndInvalidOnesAreNot() throws IOException {
        Path file = directory.resolve("ssh_host_ed25519_key");
        Files.writeString(file, ED25519);
        HostKeys keys = HostKeys.openOrCreate(directory);

        Files.writeString(file, "broken");
        assertThat(keys.get())
                .extracting(pair -> Fingerprints.of(pair.getPublic()))
                .containsExactly(ED25519_FINGERPRINT);

        Files.writeString(directory.resolve("ssh_host_ecdsa_key"), ECDSA);
        Files.delete(file);
        assertThat(keys.get())
                .extracting(pair -> Fingerprints.of(pair.getPublic()))
                .containsExactly(ECDSA_FINGERPRINT);
    }

    @Test
    void unusableFilesAreNamedWithWhatIsWrong() throws IOException {
        Path file = directory.resolve("ssh_host_rsa_key");

        Files.writeString(file, ENCRYPTED);
        assertThatThrownBy(() -> HostKeys.openOrCreate(directory))
                .isInstanceOf(KeyFileException.class)
                .hasMessageContainingAll(file.toString(), "encrypted", "ssh-keygen -p");

        Files.writeString(file, ED25519_PUBLIC);
        assertThatThrownBy(() -> HostKeys.openOrCreate(directory))
                .isInstanceOf(KeyFileException.class)
                .hasMessageContainingAll(file.toString(), "no private key");

        Files.writeString(file, ED25519.replace("QyNTUxOQAAACDp5sTambLfy", ""));
        assertThatThrownBy(() -> HostKeys.openOrCreate(directory))
                .isInstanceOf(KeyFileException.class)
                .hasMessageContainingAll(file.toString(), "damaged");

        Files.delete(file);
        Files.createDirectory(file);
        assertThatThrownBy(() -> HostKeys.openOrCreate(directory))
                .isInstanceOf(KeyFileException.class)
                .hasMessageContainingAll(file.toString(), "is a directory");
    }
}
