package dev.slipway.core.vfs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.DigestAlgorithm;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.Permission;
import dev.slipway.core.account.ResumePolicy;
import dev.slipway.core.archive.Archive;
import dev.slipway.core.archive.TestArchive;
import dev.slipway.core.state.ArchiveTable;
import dev.slipway.core.store.ObjectAttributes;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectWriter;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.WriteCondition;
import dev.slipway.core.store.s3.TestBucket;
import dev.slipway.core.store.s3.TestStore;
import dev.slipway.testing.Patience;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Runs the examples of {@code docs/reference/semantics.md}: each command must give exactly the answer below it. */
abstract class SemanticsContract {
    private static final Duration WAIT = Duration.ofSeconds(10);

    /** Returns a bucket for one of the examples. */
    abstract TestBucket newBucket();

    @TestFactory
    List<DynamicTest> theDocumentIsTrue(@TempDir Path folder) throws IOException {
        Path document = Path.of(System.getProperty("slipway.root"), "docs", "reference", "semantics.md");
        List<DynamicTest> tests = new ArrayList<>();
        String heading = "";
        List<String> example = null;
        for (String line : Files.readAllLines(document)) {
            if (example == null && line.startsWith("#")) {
                heading = line.replace("#", "").strip();
            } else if (line.equals("```example")) {
                example = new ArrayList<>();
            } else if (example != null && line.equals("```")) {
                List<String> script = example;
                Path state = folder.resolve("state-" + tests.size());
                tests.add(DynamicTest.dynamicTest(heading + " " + tests.size(), () -> run(script, newBucket(), state)));
                example = null;
            } else if (example != null) {
                example.add(line);
            }
        }
        assertThat(tests).as("examples in " + document).hasSizeGreaterThan(8);
        return tests;
    }

    private static void run(List<String> script, TestBucket bucket, Path state) throws Exception {
        List<String> transcript = new ArrayList<>();
        try (TestStore store = new TestStore(bucket, state)) {
            try (Session session = new Session(store, bucket.name())) {
                for (String line : script) {
                    if (line.startsWith("> ")) {
                        transcript.add(line);
                        transcript.addAll(session.answer(line.substring(2)));
                    }
                }
            }
            Patience.await("memory is returned", () -> store.parts().reservedBytes() == 0);
        }
        assertThat(String.join("\n", transcript)).isEqualTo(String.join("\n", script));
    }

    /** The commands of the examples, on a separate file system. */
    private static final class Session implements AutoCloseable {
        private final TestStore store;
        private final String bucket;
        private final ObjectFileSystems fileSystems;
        private final VirtualFileSystem files;
        private final VirtualFileSystem others;
        private final Map<String, FileUpload> uploads = new HashMap<>();

        Session(TestStore store, String bucket) {
            this.store = store;
            this.bucket = bucket;
            fileSystems = ObjectFileSystems.builder(store.store(), store.attributes())
                    .admissionWait(WAIT)
                    .archived(new ArchiveTable(store.database()))
                    .build();
            files = open("reader");
            others = open("another");
        }

        private VirtualFileSystem open(String account) {
            Mount mount = new Mount(VirtualPath.ROOT, bucket, "", false, true);
            return fileSystems.open(new Account(account, List.of(mount), EnumSet.allOf(Permission.class))
                    .withResume(ResumePolicy.STAT));
        }

        List<String> answer(String command) throws StoreException {
            String[] words = command.split(" ", -1);
            try {
                return run(words);
            } catch (VfsException e) {
                return List.of("! " + e.failure());
            }
        }

        private List<String> run(String... words) throws VfsException, StoreException {
            return switch (words[0]) {
                case "keys" ->
                    store.store().list(bucket, "", false, null, 1000).objects().stream()
                            .map(object -> object.key().key())
                            .toList();
                case "list" ->
                    files.list(path(words[1])).next(1000).stream()
                            .map(entry -> entry.name() + (entry.directory() ? "/" : ""))
                            .toList();
                case "get" -> List.of(read(files, path(words[1]), words.length > 2 ? Long.parseLong(words[2]) : 0));
                case "another" -> List.of(read(others, path(words[3]), 0));
                case "size" -> {
                    FileEntry entry = files.stat(path(words[1]));
                    yield List.of(entry.size() + (entry.partial() ? " in an interrupted upload" : ""));
                }
                case "time" -> List.of(files.stat(path(words[1])).modified().toString());
                case "checksum" -> {
                    long start = words.length > 3 ? Long.parseLong(words[3]) : 0;
                    long end = words.length > 4 ? Long.parseLong(words[4]) : Long.MAX_VALUE;
                    byte[] digest = files.checksum(
                            path(words[2]), DigestAlgorithm.valueOf(words[1]), start, end - start, () -> false);
                    yield List.of(HexFormat.of().formatHex(digest));
                }
                case "space" -> {
                    Space space = files.space(path(words[1]));
                    yield List.of(space.free() + " of " + space.total() + " bytes free");
                }
                default -> {
                    change(words);
                    yield List.of();
                }
            };
        }

        private void change(String... words) throws VfsException, StoreException {
            switch (words[0]) {
                case "put" -> {
                    try (FileUpload upload = files.create(path(words[1]), CreateMode.REPLACE)) {
                        upload.write(0, text(words[2]));
                        upload.commit();
                    }
                }
                case "object" -> {
                    try (ObjectWriter writer =
                            store.store().write(new ObjectKey(bucket, words[1]), ObjectAttributes.NONE, WAIT)) {
                        writer.complete(WriteCondition.ALWAYS);
                    }
                }
                case "archive" -> archive(words);
                case "begin" -> uploads.put(words[1], files.create(path(words[2]), CreateMode.REPLACE));
                case "sparse" ->
                    uploads.put(
                            words[1],
                            files.create(path(words[2]), CreateMode.REPLACE, UploadOptions.DEFAULT.withHoles(true)));
                case "write" -> upload(words[1]).write(upload(words[1]).entry().size(), text(words[2]));
                case "commit" -> upload(words[1]).commit();
                case "send" ->
                    upload(words[1])
                            .write(upload(words[1]).entry().size(), ByteBuffer.allocate(Integer.parseInt(words[2])));
                case "resume" ->
                    uploads.put(words[1], files.resume(path(words[2]), WritePosition.at(Long.parseLong(words[3]))));
                case "append" -> uploads.put(words[1], files.change(path(words[2]), WritePosition.END));
                case "change" -> {
                    WritePosition start =
                            words.length > 3 ? WritePosition.at(Long.parseLong(words[3])) : WritePosition.FIRST_WRITE;
                    uploads.put(words[1], files.change(path(words[2]), start));
                }
                case "at" -> upload(words[1]).write(Long.parseLong(words[2]), text(words[3]));
                case "truncate" -> files.truncate(path(words[1]), Long.parseLong(words[2]), UploadOptions.DEFAULT);
                case "abort" -> upload(words[1]).abort();
                case "interrupt" -> upload(words[1]).close();
                case "mkdir" -> files.mkdir(path(words[1]));
                case "rmdir" -> files.rmdir(path(words[1]));
                case "delete" -> files.delete(path(words[1]));
                case "touch" -> files.setModified(path(words[1]), Instant.parse(words[2]));
                case "rename" -> files.rename(path(words[1]), path(words[2]), RenameMode.KEEP_TARGET);
                case "copy" -> files.copy(path(words[1]), path(words[2]), CreateMode.NEW);
                case "replace" -> files.rename(path(words[1]), path(words[2]), RenameMode.REPLACE_TARGET);
                default -> throw new AssertionError("not a command of the examples: " + words[0]);
            }
        }

        /** Moves files into an archive. */
        private void archive(String... words) throws VfsException, StoreException {
            TestArchive archive = new TestArchive(bucket, Archive.Format.TAR_ZSTD);
            List<ObjectKey> originals = new ArrayList<>();
            for (String file : List.of(words).subList(2, words.length)) {
                ObjectKey key = new ObjectKey(bucket, path(file).toString().substring(1));
                archive.add(key.key(), read(files, path(file), 0));
                originals.add(key);
            }
            archive.store(store.store(), store.database(), words[1]);
            store.store().delete(originals);
        }

        private FileUpload upload(String name) {
            return Objects.requireNonNull(uploads.get(name), "no upload was begun as " + name);
        }

        private static VirtualPath path(String text) throws VfsException {
            return VirtualPath.parse(text);
        }

        private static ByteBuffer text(String text) {
            return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        }

        private static String read(VirtualFileSystem files, VirtualPath path, long offset) throws VfsException {
            try (FileDownload download = files.open(path)) {
                ByteBuffer target = ByteBuffer.allocate(1000);
                long position = offset;
                for (int count = 0; count >= 0; position += count) {
                    count = download.read(position, target);
                    if (count < 0) {
                        break;
                    }
                }
                return StandardCharsets.UTF_8.decode(target.flip()).toString();
            }
        }

        @Override
        public void close() {
            uploads.values().forEach(FileUpload::close);
            fileSystems.close();
        }
    }
}
