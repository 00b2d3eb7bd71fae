package dev.slipway.ingest.content;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.unit.DataSize;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Archives that GNU tar and zip have made, and some that only attackers make. */
final class ArchiveTest {
    /** Longer than the 100 bytes of an old header. */
    private static final String LONG = "a-folder-with-a-long-name-".repeat(4) + "/" + "file-".repeat(25) + ".txt";

    @TempDir
    Path folder;

    private Tools tools;

    @BeforeEach
    void makeFiles() throws Exception {
        tools = new Tools(folder);
        tools.run("mkdir -p in/sub/empty; printf hello > in/a.txt; printf '' > in/sub/nothing;"
                + " head -c 200000 /dev/urandom > in/sub/random; printf u > 'in/sub/grün ☃ x'");
    }

    private void isAsMade(Map<String, byte[]> members) throws IOException {
        assertThat(members).containsKeys("sub/", "sub/empty/", "sub/nothing");
        assertThat(members.get("a.txt")).isEqualTo("hello".getBytes(UTF_8));
        assertThat(members.get("sub/grün ☃ x")).isEqualTo("u".getBytes(UTF_8));
        assertThat(members.get("sub/random")).isEqualTo(Files.readAllBytes(tools.path("in/sub/random")));
        assertThat(members).hasSize(6);
    }

    @ParameterizedTest
    @CsvSource({
        "tar -C in -cf out ., TAR",
        "tar --format=ustar -C in -cf out ., TAR",
        "tar --format=posix -C in -cf out ., TAR",
        "tar --format=v7 -C in -cf out ., TAR",
        "tar -C in -czf out ., GZIP",
        "tar -C in --zstd -cf out ., ZSTD",
        "tar -C in -cjf out ., BZIP2",
        "tar -C in -cJf out ., XZ",
        "tar -C in -cf - . | lz4 -q > out, LZ4",
        "cd in && zip -q -r ../out.zip . && mv ../out.zip ../out, ZIP",
        "cd in && zip -q -0 -r ../out.zip . && mv ../out.zip ../out, ZIP",
        "cd in && zip -q -r - . > ../out, ZIP",
        "cd in && zip -q -fz- -r - . | cat > ../out, ZIP"
    })
    void isExpandedWhateverItsName(String command, ContentType type) throws Exception {
        tools.run(command);

        assertThat(tools.type("out")).isEqualTo(type);
        isAsMade(tools.members("out"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"gnu", "posix"})
    void longNamesOfTarAreWhole(String format) throws Exception {
        tools.run("mkdir -p in/" + Path.of(LONG).getParent() + "; printf long > in/" + LONG + "; tar --format=" + format
                + " -C in -cf out .");

        assertThat(tools.members("out").get(LONG)).isEqualTo("long".getBytes(UTF_8));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--format=gnu -S",
                "--format=posix -S --sparse-version=0.0",
                "--format=posix -S --sparse-version=0.1",
                "--format=posix -S --sparse-version=1.0"
            })
    void sparseFilesHaveTheirHoles(String options) throws Exception {
        tools.run("rm -r in; mkdir in; truncate -s 2M in/sparse; printf middle | dd of=in/sparse bs=1 seek=1000000"
                + " conv=notrunc status=none; printf end >> in/sparse; tar -C in " + options + " -cf out .");

        assertThat(tools.members("out").get("sparse")).isEqualTo(Files.readAllBytes(tools.path("in/sparse")));
    }

    @Test
    void aSparseBombIsStopped() throws Exception {
        tools.run("truncate -s 4G in/sparse; tar -C in -Scf out .");

        refused().hasMessageContaining("200 times as large as the file");
    }

    @Test
    void aZipWithALongCommentIsRead() throws Exception {
        tools.run("cd in; zip -q -r ../out.zip .; cd ..; head -c 40000 /dev/zero | tr '\\0' c | zip -q -z out.zip;"
                + " mv out.zip out");

        isAsMade(tools.members("out"));
    }

    @Test
    void anEmptyArchiveHasNoMembers() throws Exception {
        tools.run("zip -q out.zip in/a.txt; zip -q -d out.zip in/a.txt || true; mkdir none; tar -C none -czf out .");

        assertThat(tools.members("out")).isEmpty();
    }

    @Test
    void membersThatAreArchivesStayAsTheyAre() throws Exception {
        tools.run("cd in; zip -q inner.zip a.txt; gzip -k a.txt; tar -czf ../out inner.zip a.txt.gz");

        assertThat(tools.members("out"))
                .containsOnlyKeys("inner.zip", "a.txt.gz")
                .containsEntry("inner.zip", Files.readAllBytes(tools.path("in/inner.zip")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"../../etc/passwd", "a/../../b", "/etc/passwd", "a\nb", "a\tb", "a\\b", "a\u0001"})
    void namesThatLeadElsewhereAreRefused(String name) throws Exception {
        writeTar(name);
        refused().hasMessageContaining("nothing is expanded").message().doesNotContain("\n");

        writeZip(name);
        refused().hasMessageContaining("nothing is expanded").message().doesNotContain("\n");
    }

    @Test
    void namesThatAreNotUtf8AreRefused() throws Exception {
        tools.run("printf x > $'in/caf\\xe9'; tar -C in -cf out .");
        refused().hasMessageContaining("is not UTF-8");

        tools.run("tar --format=posix -C in -cf out .");
        refused().hasMessageContaining("is not UTF-8");

        try (ZipArchiveOutputStream zip = new ZipArchiveOutputStream(tools.path("out"))) {
            zip.setEncoding(StandardCharsets.ISO_8859_1.name());
            zip.setUseLanguageEncodingFlag(false);
            zip.putArchiveEntry(new ZipArchiveEntry("café"));
            zip.closeArchiveEntry();
        }
        refused().hasMessageContaining("is not UTF-8");
    }

    @ParameterizedTest
    @CsvSource({
        "ln -s /etc/passwd in/link, is a link",
        "ln in/a.txt in/link, is a link",
        "mkfifo in/pipe, neither a file nor a folder"
    })
    void linksAndDevicesOfTarAreRefused(String command, String message) throws Exception {
        tools.run(command + "; tar -C in -cf out .");

        refused().hasMessageContaining(message);
    }

    @Test
    void linksAndEncryptedMembersOfZipAreRefused() throws Exception {
        tools.run("cd in; ln -s /etc/passwd link; zip -q -y ../out.zip link; mv ../out.zip ../out");
        refused().hasMessageContaining("is a link");

        tools.run("cd in; zip -q -P secret ../out.zip a.txt; mv ../out.zip ../out");
        refused().hasMessageContaining("is encrypted");
    }

    @Test
    void membersThatOverlapAreRefused() throws Exception {
        writeZip("first", "second");
        byte[] zip = Files.readAllBytes(tools.path("out"));
        int directory = lastIndexOf(zip, new byte[] {'P', 'K', 1, 2});
        // The second entry of the directory points to where the first one's bytes are.
        System.arraycopy(new byte[4], 0, zip, directory + 42, 4);
        Files.write(tools.path("out"), zip);

        refused().hasMessageContaining("overlaps another");
    }

    @Test
    void aNameThatIsThereTwiceIsRefused() throws Exception {
        tools.run("tar -C in -cf out a.txt; tar -C in -rf out a.txt");
        refused().hasMessageContaining("is there twice");

        writeTar("x", "x/y");
        refused().hasMessageContaining("lies below a file");

        writeTar("x/y", "x");
        refused().hasMessageContaining("is there twice");
    }

    @Test
    void tooManyEntriesAreRefused() throws Exception {
        tools.run("mkdir many; cd many; touch $(seq 1001); tar -cf ../out .; zip -q -r ../out.zip .");
        refused().hasMessageContaining("the limit `entries`");

        tools.run("mv out.zip out");
        refused().hasMessageContaining("the limit `entries`");
    }

    @Test
    void aNameThatIsTooLongIsRefused() throws Exception {
        writeTar("n".repeat(901));
        refused().hasMessageContaining("the limit `nameLength`");

        writeZip("n".repeat(901));
        refused().hasMessageContaining("the limit `nameLength`");
    }

    @Test
    void aHeaderOfTarWithoutEndIsNotKept() throws Exception {
        try (OutputStream file = Files.newOutputStream(tools.path("out"));
                TarArchiveOutputStream tar = new TarArchiveOutputStream(file)) {
            TarArchiveEntry name = new TarArchiveEntry("././@LongLink", TarArchiveEntry.LF_GNUTYPE_LONGNAME);
            byte[] bytes = "n".repeat(3 << 20).getBytes(UTF_8);
            name.setSize(bytes.length);
            tar.putArchiveEntry(name);
            tar.write(bytes);
            tar.closeArchiveEntry();
        }

        refused().hasMessageContaining("header of more than 1 MiB");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tar -C in -cf whole .",
                "tar -C in -czf whole .",
                "cd in; zip -q -r ../w.zip .; mv ../w.zip ../whole"
            })
    void anArchiveThatWasCutOffIsRefused(String command) throws Exception {
        tools.run(command);
        tools.run("head -c 150000 whole > out");

        refused();
    }

    @ParameterizedTest
    @ValueSource(strings = {"tar -C in -czf out .", "cd in; zip -q -r ../w.zip .; mv ../w.zip ../out"})
    void anArchiveWithAWrongByteIsRefused(String command) throws Exception {
        tools.run(command);
        byte[] bytes = Files.readAllBytes(tools.path("out"));
        bytes[bytes.length / 2] ^= 1;
        Files.write(tools.path("out"), bytes);

        refused();
    }

    @Test
    void bombsAreStopped() throws Exception {
        tools.run("rm -r in; mkdir in; head -c 60M /dev/zero > in/zeros; tar -C in -czf out .");
        refused().hasMessageContaining("200 times as large as the file");

        tools.run("cd in; zip -q -9 ../out.zip zeros; mv ../out.zip ../out");
        refused().hasMessageContaining("200 times as large as the file");

        tools.run("tar -C in -cf out .");
        assertThatThrownBy(() -> tools.members("out", new ExpansionLimits(200, new DataSize(1 << 20), 10, 900)))
                .isInstanceOf(ExpansionException.class)
                .hasMessageContaining("the limit `bytes`");
    }

    private AbstractThrowableAssert<?, ?> refused() {
        return assertThatThrownBy(() -> tools.members("out")).isInstanceOf(ExpansionException.class);
    }

    private void writeTar(String... names) throws IOException {
        try (OutputStream file = Files.newOutputStream(tools.path("out"));
                TarArchiveOutputStream tar = new TarArchiveOutputStream(file, UTF_8.name())) {
            tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_GNU);
            for (String name : names) {
                TarArchiveEntry entry = new TarArchiveEntry(name, true);
                // As it is, without what the library makes of it.
                entry.setName(name);
                tar.putArchiveEntry(entry);
                tar.closeArchiveEntry();
            }
        }
    }

    private void writeZip(String... names) throws IOException {
        // As they are: Commons Compress turns backslashes into slashes when it writes.
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(tools.path("out")))) {
            for (String name : names) {
                zip.putNextEntry(new ZipEntry(name));
                zip.write("content".getBytes(UTF_8));
                zip.closeEntry();
            }
        }
    }

    private static int lastIndexOf(byte[] bytes, byte[] part) {
        for (int i = bytes.length - part.length; i >= 0; i--) {
            if (java.util.Arrays.equals(bytes, i, i + part.length, part, 0, part.length)) {
                return i;
            }
        }
        throw new AssertionError("not found");
    }
}
