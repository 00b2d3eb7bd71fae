package dev.slipway.ingest.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.unit.DataSize;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Single files that gzip, zstd, bzip2, xz and lz4 have compressed. */
final class CompressedFileTest {
    @TempDir
    java.nio.file.Path folder;

    private Tools tools;
    private byte[] content;

    @BeforeEach
    void makeFile() throws IOException {
        tools = new Tools(folder);
        content = new byte[300_000];
        new Random(7).nextBytes(content);
        java.util.Arrays.fill(content, 100_000, 200_000, (byte) 'x');
        Files.write(tools.path("file"), content);
    }

    @ParameterizedTest
    @CsvSource({
        "gzip -c, GZIP",
        "gzip -1 -n -c, GZIP",
        "zstd -q -c, ZSTD",
        "zstd -q -19 --long=27 -c, ZSTD",
        "bzip2 -c, BZIP2",
        "xz -c, XZ",
        "xz -9 -c, XZ",
        "lz4 -q -c, LZ4",
        "lz4 -q -9 -BD -c, LZ4"
    })
    void isDecompressedWhateverItsName(String command, ContentType type) throws Exception {
        tools.run(command + " < file > out.dat");

        assertThat(tools.type("out.dat")).isEqualTo(type);
        assertThat(tools.decompressed("out.dat")).isEqualTo(content);
    }

    @ParameterizedTest
    @CsvSource({"gzip -c", "zstd -q -c", "bzip2 -c", "xz -c", "lz4 -q -c"})
    void filesThatWereConcatenatedAreReadToTheEnd(String command) throws Exception {
        tools.run("(" + command + " < file; printf '' | " + command + "; printf end | " + command + ") > out");

        assertThat(tools.decompressed("out")).hasSize(content.length + 3).endsWith('e', 'n', 'd');
    }

    @ParameterizedTest
    @CsvSource({"gzip -c", "zstd -q -c", "bzip2 -c", "xz -c", "lz4 -q -c"})
    void anEmptyFileIsEmpty(String command) throws Exception {
        tools.run("printf '' | " + command + " > out");

        assertThat(tools.decompressed("out")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"gzip -c", "zstd -q -c", "bzip2 -c", "xz -c", "lz4 -q -c"})
    void aFileThatWasCutOffIsRefused(String command) throws Exception {
        tools.run(command + " < file > whole; head -c -3 whole > out");

        assertThatThrownBy(() -> tools.decompressed("out"))
                .isInstanceOf(ExpansionException.class)
                .hasMessageContaining("damaged, or not complete");
    }

    @ParameterizedTest
    @CsvSource({"gzip -c", "zstd -q --check -c", "bzip2 -c", "xz -c", "lz4 -q -c"})
    void aFileWithAWrongByteIsRefused(String command) throws Exception {
        tools.run(command + " < file > out");
        byte[] bytes = Files.readAllBytes(tools.path("out"));
        bytes[bytes.length / 2] ^= 1;
        Files.write(tools.path("out"), bytes);

        assertThatThrownBy(() -> tools.decompressed("out")).isInstanceOf(ExpansionException.class);
    }

    @ParameterizedTest
    @CsvSource({"gzip -9 -c", "zstd -q -19 -c", "bzip2 -c", "xz -c", "lz4 -q -9 -c"})
    void aBombIsStoppedByTheRatio(String command) throws Exception {
        tools.run("head -c 60M /dev/zero | " + command + " > bomb");

        assertThatThrownBy(() -> tools.decompressed("bomb"))
                .isInstanceOf(ExpansionException.class)
                .hasMessageContaining("200 times as large as the file");
    }

    @Test
    void contentsBeyondTheLimitAreRefused() throws Exception {
        tools.run("gzip -c < file > out");
        ExpansionLimits limits = new ExpansionLimits(200, new DataSize(299_999), 1000, 900);

        assertThatThrownBy(() -> tools.decompressed("out", limits))
                .isInstanceOf(ExpansionException.class)
                .hasMessageContaining("the limit `bytes`");
    }

    @Test
    void aNameWithoutEndInTheHeaderOfGzipIsNotKept() throws Exception {
        tools.run("printf '\\x1f\\x8b\\x08\\x08\\0\\0\\0\\0\\0\\x03' > out; head -c 5M /dev/zero | tr '\\0' a >> out");

        assertThatThrownBy(() -> tools.decompressed("out"))
                .isInstanceOf(ExpansionException.class)
                .hasMessageContaining("header of more than 1 MiB");
    }

    @Test
    void whatFollowsTheContentsOfGzipMustBeGzip() throws Exception {
        tools.run("(gzip -c < file; echo this is something else) > out");

        assertThatThrownBy(() -> tools.decompressed("out")).isInstanceOf(ExpansionException.class);
    }

    @Test
    void otherFilesAreNotTouched() throws Exception {
        Files.write(tools.path("BZhello.gz"), "BZhello, which is no bzip2".getBytes(StandardCharsets.UTF_8));
        Files.write(tools.path("empty.zip"), new byte[0]);
        Files.write(tools.path("zeros.tar"), new byte[2048]);

        assertThat(tools.type("file")).isEqualTo(ContentType.OTHER);
        assertThat(tools.type("BZhello.gz")).isEqualTo(ContentType.OTHER);
        assertThat(tools.type("empty.zip")).isEqualTo(ContentType.OTHER);
        assertThat(tools.type("zeros.tar")).isEqualTo(ContentType.OTHER);
    }
}
