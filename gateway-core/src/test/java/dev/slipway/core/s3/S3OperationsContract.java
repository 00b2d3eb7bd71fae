package dev.slipway.core.s3;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.slipway.core.s3.CreateMultipartUploadRequest.PartChecksums;
import dev.slipway.core.s3.DeleteManyRequest.Digest;
import dev.slipway.core.s3.DeleteManyRequest.Target;
import dev.slipway.core.s3.ObjectDescription.ServerSideEncryption;
import dev.slipway.core.store.Bytes;
import dev.slipway.core.store.Crc32;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.testing.Patience;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.zip.CRC32;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** The contract of {@link S3Operations}, run against every implementation and every S3 server. */
public abstract class S3OperationsContract {
    private static final int MIB = 1 << 20;
    private static final int PART = 5 * MIB;
    private static final byte[] TEXT = "some bytes".getBytes(StandardCharsets.UTF_8);

    private final S3Operations store;
    private final String bucket;

    /**
     * @param store closed by the contract
     * @param bucket an empty bucket
     */
    protected S3OperationsContract(S3Operations store, String bucket) {
        this.store = store;
        this.bucket = bucket;
    }

    /** Whether the store keeps a CRC-32 of whole multipart objects. */
    protected boolean keepsWholeObjectChecksums() {
        return true;
    }

    /** Whether the store checks conditions on the target of a copy; most ignore them. */
    protected boolean comparesBeforeCopying() {
        return false;
    }

    /** Whether the store checks conditions on deletes. */
    protected boolean comparesBeforeDeleting() {
        return true;
    }

    /** Whether keys are sorted by their bytes in UTF-8. */
    protected boolean sortsInUtf8() {
        return true;
    }

    /** Whether uploads are listed by prefix, and not only by complete key. */
    protected boolean listsUploadsByPrefix() {
        return true;
    }

    /** Whether the store has a second storage class. */
    protected boolean hasStorageClasses() {
        return true;
    }

    @AfterEach
    void close() {
        store.close();
    }

    private ObjectKey key(String key) {
        return new ObjectKey(bucket, key);
    }

    private String put(String key, byte[] bytes) {
        return store.put(PutRequest.of(key(key)), RequestBody.of(bytes)).join().etag();
    }

    private byte[] get(GetRequest request) {
        ReceivedBytes received = new ReceivedBytes();
        store.get(request, received).join();
        return received.bytes();
    }

    private byte[] get(String key) {
        return get(GetRequest.of(key(key)));
    }

    private static AbstractThrowableAssert<?, ?> assertFails(S3Error error, ThrowingCallable call) {
        return assertThatThrownBy(call)
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        S3Exception.class,
                        e -> assertThat(e.error()).as(e.getMessage()).isEqualTo(error));
    }

    private static String md5(byte[] bytes) throws Exception {
        return "\"" + HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(bytes)) + "\"";
    }

    private static int crc(byte[] bytes) {
        CRC32 crc = new CRC32();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    @Test
    void anObjectHasTheBytesThatWerePut() throws Exception {
        Instant before = Instant.now().minus(Duration.ofMinutes(5));

        assertThat(put("dir/file", TEXT)).isEqualTo(md5(TEXT));

        assertThat(get("dir/file")).isEqualTo(TEXT);
        ObjectHead head = store.head(HeadRequest.of(key("dir/file"))).join();
        assertThat(head.size()).isEqualTo(TEXT.length);
        assertThat(head.etag()).isEqualTo(md5(TEXT));
        assertThat(head.lastModified()).isAfter(before);
    }

    @Test
    void objectsMayBeEmpty() {
        store.put(PutRequest.of(key("empty")), RequestBody.empty()).join();

        assertThat(store.head(HeadRequest.of(key("empty"))).join().size()).isZero();
        assertThat(get("empty")).isEmpty();
    }

    @Test
    void buffersAreSentFromPositionToLimit() {
        ByteBuffer first = ByteBuffer.allocateDirect(200_000);
        first.put(Bytes.random(1, 200_000)).position(10).limit(150_000);
        ByteBuffer second = ByteBuffer.wrap(Bytes.random(2, 70_000));
        byte[] all = new byte[first.remaining() + second.remaining()];
        first.duplicate().get(all, 0, first.remaining());
        second.duplicate().get(all, first.remaining(), second.remaining());
        RequestBody body = RequestBody.of(List.of(first, second));

        store.put(PutRequest.of(key("file")), body).join();

        assertThat(body.bytes()).isEqualTo(all.length);
        assertThat(body.wasReadOnce()).isTrue();
        assertThat(first.position()).isEqualTo(10);
        assertThat(second.remaining()).isEqualTo(70_000);
        assertThat(get("file")).isEqualTo(all);
    }

    @Test
    void missingObjectsAreReportedAsMissing() {
        assertFails(S3Error.NO_SUCH_KEY, () -> get("nothing"));
        // The answer to a HEAD has no body that could say what is missing.
        assertThatThrownBy(() -> store.head(HeadRequest.of(key("nothing"))).join())
                .cause()
                .isInstanceOfSatisfying(
                        S3Exception.class, e -> assertThat(e.error()).isIn(S3Error.NOT_FOUND, S3Error.NO_SUCH_KEY));
        ObjectKey elsewhere = new ObjectKey("no-such-bucket-here", "file");
        assertFails(
                S3Error.NO_SUCH_BUCKET,
                () -> store.put(PutRequest.of(elsewhere), RequestBody.of(TEXT)).join());
        assertFails(
                S3Error.NO_SUCH_BUCKET,
                () -> store.list(new ListRequest("no-such-bucket-here", "", false, null, null, 10))
                        .join());
    }

    @Test
    void keysThatAreTooLongAreRefused() {
        ObjectKey tooLong = key("x".repeat(1025));

        assertThatThrownBy(() ->
                        store.put(PutRequest.of(tooLong), RequestBody.of(TEXT)).join())
                .cause()
                .isInstanceOf(S3Exception.class);
    }

    @Test
    void rangesEndAtTheObjectsEnd() {
        byte[] bytes = Bytes.random(1, 300_000);
        put("file", bytes);
        GetRequest get = GetRequest.of(key("file"));

        assertThat(get(get.withRange(new ByteRange(0, 1)))).containsExactly(bytes[0]);
        assertThat(get(get.withRange(new ByteRange(65_530, 70_000))))
                .isEqualTo(Arrays.copyOfRange(bytes, 65_530, 135_530));
        assertThat(get(get.withRange(new ByteRange(299_999, 10_000)))).containsExactly(bytes[299_999]);
        ReceivedBytes received = new ReceivedBytes();
        store.get(get.withRange(new ByteRange(5, 5)), received).join();
        assertThat(received.head()).extracting(ObjectHead::size).isEqualTo(300_000L);
        assertFails(S3Error.INVALID_RANGE, () -> get(get.withRange(new ByteRange(300_000, 1))));
    }

    @Test
    void anUnwantedBodyIsNotRead() {
        put("file", Bytes.random(1, 3 * MIB));
        BodyReceiver unwilling = new BodyReceiver() {
            @Override
            public boolean begin(ObjectHead head) {
                return false;
            }

            @Override
            public void receive(ByteBuffer data) {
                throw new AssertionError("bytes that nobody wanted");
            }
        };

        assertThat(store.get(GetRequest.of(key("file")), unwilling).join().size())
                .isEqualTo(3 * MIB);
    }

    @Test
    void readsFailIfTheEtagDiffers() {
        String first = put("file", TEXT);
        GetRequest get = GetRequest.of(key("file")).withMatch(first);
        assertThat(get(get)).isEqualTo(TEXT);
        put("file", new byte[] {1});

        assertFails(S3Error.PRECONDITION_FAILED, () -> get(get));
        assertFails(
                S3Error.PRECONDITION_FAILED,
                () -> store.head(HeadRequest.of(key("file")).withMatch(first)).join());
    }

    @Test
    void descriptionsAreKept() {
        ObjectDescription description = new ObjectDescription(
                Map.of("mtime", "7", "other", "a b"),
                "text/x-test",
                null,
                "attachment",
                "de",
                "no-cache",
                hasStorageClasses() ? "REDUCED_REDUNDANCY" : null,
                ServerSideEncryption.UNSPECIFIED,
                Map.of("a", "b", "c d", "e+f"));
        store.put(PutRequest.of(key("put")).withDescription(description), RequestBody.of(TEXT))
                .join();
        String upload = create("parts", description, PartChecksums.NONE);
        complete("parts", upload, List.of(part("parts", upload, 1, TEXT, false)));
        store.copy(CopyRequest.of(key("put"), key("copy"))
                        .withStorage(description.storageClass(), ServerSideEncryption.UNSPECIFIED))
                .join();

        for (String key : List.of("put", "parts", "copy")) {
            ObjectDescription kept = store.head(HeadRequest.of(key(key))).join().description();
            assertThat(kept.metadata()).as(key).isEqualTo(description.metadata());
            assertThat(kept.contentType()).as(key).isEqualTo("text/x-test");
            assertThat(kept.contentDisposition()).as(key).isEqualTo("attachment");
            assertThat(kept.contentLanguage()).as(key).isEqualTo("de");
            assertThat(kept.cacheControl()).as(key).isEqualTo("no-cache");
            if (hasStorageClasses()) {
                assertThat(kept.storageClass()).as(key).isEqualTo("REDUCED_REDUNDANCY");
            }
            assertThat(store.tags(key(key)).join()).as(key).isEqualTo(description.tags());
        }
    }

    @Test
    void tagsAreReplaced() {
        String etag = put("file", TEXT);

        store.putTags(key("file"), Map.of("a", "b", "c d", "e+f")).join();
        store.putTags(key("file"), Map.of("a", "other")).join();

        assertThat(store.tags(key("file")).join()).isEqualTo(Map.of("a", "other"));
        assertThat(store.head(HeadRequest.of(key("file")).withMatch(etag))
                        .join()
                        .size())
                .isEqualTo(TEXT.length);
        assertFails(
                S3Error.NO_SUCH_KEY,
                () -> store.putTags(key("missing"), Map.of("a", "b")).join());
    }

    @Test
    void conditionsOnAPutAreChecked() {
        PutRequest put = PutRequest.of(key("file"));
        PutRequest ifAbsent = put.withCondition(Precondition.IF_ABSENT);
        String first = store.put(ifAbsent, RequestBody.of(TEXT)).join().etag();
        assertFails(
                S3Error.PRECONDITION_FAILED,
                () -> store.put(ifAbsent, RequestBody.of(TEXT)).join());

        PutRequest ifMatch = put.withCondition(new Precondition.IfMatch(first));
        store.put(ifMatch, RequestBody.of(new byte[] {1})).join();
        assertFails(
                S3Error.PRECONDITION_FAILED,
                () -> store.put(ifMatch, RequestBody.of(new byte[] {2})).join());
        assertThat(get("file")).containsExactly(1);
    }

    @Test
    void aChecksumIsVerifiedAndKept() {
        PutRequest put = PutRequest.of(key("file"));
        store.put(put.withCrc32(ObjectChecksums.base64(crc(TEXT))), RequestBody.of(TEXT))
                .join();
        assertThat(store.head(HeadRequest.of(key("file")).withChecksums(true))
                        .join()
                        .checksums()
                        .crc32())
                .isEqualTo(ObjectChecksums.base64(crc(TEXT)));

        assertFails(
                S3Error.DAMAGED,
                () -> store.put(put.withCrc32(ObjectChecksums.base64(1)), RequestBody.of(TEXT))
                        .join());
    }

    private String create(String key, ObjectDescription description, PartChecksums checksums) {
        CreatedMultipartUpload created = store.createMultipartUpload(
                        new CreateMultipartUploadRequest(key(key), description, checksums))
                .join();
        assertThat(created.possiblyMade()).isOne();
        return created.uploadId();
    }

    private String create(String key) {
        return create(key, ObjectDescription.NONE, PartChecksums.NONE);
    }

    private UploadedPart part(String key, String upload, int number, byte[] bytes, boolean checksum) {
        return store.uploadPart(
                        new UploadPartRequest(
                                key(key), upload, number, checksum ? ObjectChecksums.base64(crc(bytes)) : null, null),
                        RequestBody.of(bytes))
                .join();
    }

    private String complete(String key, String upload, List<UploadedPart> parts, @Nullable String crc) {
        return store.completeMultipartUpload(
                        new CompleteMultipartUploadRequest(key(key), upload, parts, Precondition.NONE, crc))
                .join()
                .etag();
    }

    private String complete(String key, String upload, List<UploadedPart> parts) {
        return complete(key, upload, parts, null);
    }

    @Test
    void partsBecomeAnObject() {
        byte[] bytes = Bytes.random(1, PART + 10);
        String upload = create("file");
        // Parts may arrive in any order, and a later one replaces an earlier one of the same number.
        UploadedPart second = part("file", upload, 2, Arrays.copyOfRange(bytes, PART, bytes.length), false);
        part("file", upload, 1, new byte[] {1, 2, 3}, false);
        UploadedPart first = part("file", upload, 1, Arrays.copyOf(bytes, PART), false);
        assertFails(S3Error.NO_SUCH_KEY, () -> get("file"));

        String etag = complete("file", upload, List.of(first, second));

        assertThat(etag).isEqualTo(MultipartEtag.of(List.of(first, second)).orElseThrow());
        assertThat(get("file")).isEqualTo(bytes);
        assertThat(get(GetRequest.of(key("file")).withMatch(etag).withRange(new ByteRange(PART - 5, 10))))
                .isEqualTo(Arrays.copyOfRange(bytes, PART - 5, PART + 5));
        assertFails(
                S3Error.NO_SUCH_UPLOAD,
                () -> store.listParts(new ListPartsRequest(key("file"), upload, 0, 10))
                        .join());
    }

    @Test
    void invalidListsOfPartsAreRefused() {
        String upload = create("file");
        UploadedPart small = part("file", upload, 1, TEXT, false);
        UploadedPart last = part("file", upload, 2, TEXT, false);
        UploadedPart never = new UploadedPart(2, "\"0123456789abcdef0123456789abcdef\"", null);

        assertThatThrownBy(() -> complete("file", upload, List.of(small, last)))
                .cause()
                .isInstanceOfSatisfying(
                        S3Exception.class, e -> assertThat(e.code()).isEqualTo("EntityTooSmall"));
        assertThatThrownBy(() -> complete("file", upload, List.of(small, never)))
                .cause()
                .isInstanceOfSatisfying(
                        S3Exception.class, e -> assertThat(e.code()).isIn("InvalidPart", "EntityTooSmall"));
        complete("file", upload, List.of(small));
        assertThat(get("file")).isEqualTo(TEXT);
    }

    @Test
    void wholeObjectChecksumsAreVerifiedAndKept() {
        Assumptions.assumeTrue(keepsWholeObjectChecksums());
        byte[] one = Bytes.random(1, PART);
        byte[] two = Bytes.random(2, 1000);
        String whole = ObjectChecksums.base64(Crc32.combine(crc(one), crc(two), two.length));
        CreatedMultipartUpload created = store.createMultipartUpload(new CreateMultipartUploadRequest(
                        key("file"), ObjectDescription.NONE, PartChecksums.CRC32_OF_WHOLE_OBJECT))
                .join();
        assertThat(created.wholeObjectChecksum()).isTrue();
        String upload = created.uploadId();
        List<UploadedPart> parts = List.of(part("file", upload, 1, one, true), part("file", upload, 2, two, true));

        assertThatThrownBy(() -> complete("file", upload, parts, ObjectChecksums.base64(1)))
                .cause()
                .isInstanceOf(S3Exception.class);
        complete("file", upload, parts, whole);

        ObjectChecksums kept = store.head(HeadRequest.of(key("file")).withChecksums(true))
                .join()
                .checksums();
        assertThat(kept.type()).isEqualTo(ObjectChecksums.Type.FULL_OBJECT);
        assertThat(kept.crc32()).isEqualTo(whole);
    }

    @Test
    void aDamagedPartIsRefused() {
        String upload = create("file", ObjectDescription.NONE, PartChecksums.CRC32);

        assertFails(
                S3Error.DAMAGED,
                () -> store.uploadPart(
                                new UploadPartRequest(key("file"), upload, 1, ObjectChecksums.base64(1), null),
                                RequestBody.of(TEXT))
                        .join());
    }

    @Test
    void conditionsOnACompletionAreChecked() {
        put("file", TEXT);
        String upload = create("file");
        List<UploadedPart> parts = List.of(part("file", upload, 1, new byte[] {1}, false));

        assertFails(
                S3Error.PRECONDITION_FAILED,
                () -> store.completeMultipartUpload(new CompleteMultipartUploadRequest(
                                key("file"), upload, parts, Precondition.IF_ABSENT, null))
                        .join());
        assertThat(get("file")).isEqualTo(TEXT);
    }

    @Test
    void partsAreListedPageByPage() {
        String upload = create("file");
        List<UploadedPart> sent = new ArrayList<>();
        for (int number : new int[] {1, 2, 4}) {
            sent.add(part("file", upload, number, Bytes.random(number, 10 * number), false));
        }

        List<PartPage.Entry> listed = new ArrayList<>();
        int after = 0;
        int pages = 0;
        do {
            PartPage page = store.listParts(new ListPartsRequest(key("file"), upload, after, 2))
                    .join();
            listed.addAll(page.parts());
            after = page.next();
            pages++;
        } while (after != 0);

        assertThat(pages).isEqualTo(2);
        assertThat(listed)
                .extracting(
                        entry -> entry.part().partNumber(),
                        entry -> entry.part().etag(),
                        PartPage.Entry::size)
                .containsExactly(
                        tuple(1, sent.get(0).etag(), 10L),
                        tuple(2, sent.get(1).etag(), 20L),
                        tuple(4, sent.get(2).etag(), 40L));
    }

    @Test
    void uploadsInProgressAreListed() {
        String one = create("dir/file");
        String other = create("dir/file");
        create("elsewhere");

        assertThat(uploads("dir/file")).containsExactlyInAnyOrder(one, other);
        if (listsUploadsByPrefix()) {
            assertThat(uploads("dir/")).containsExactlyInAnyOrder(one, other);
        }
        store.abortMultipartUpload(key("dir/file"), one).join();
        assertThat(uploads("dir/file")).containsExactly(other);
    }

    private List<String> uploads(String prefix) {
        MultipartUploadPage page = store.listMultipartUploads(new ListMultipartUploadsRequest(bucket, prefix, null))
                .join();
        assertThat(page.next()).isNull();
        return page.uploads().stream().map(MultipartUploadPage.Entry::uploadId).toList();
    }

    @Test
    void anAbortedUploadNoLongerExists() {
        String upload = create("file");
        UploadedPart part = part("file", upload, 1, TEXT, false);
        store.abortMultipartUpload(key("file"), upload).join();

        assertFails(S3Error.NO_SUCH_UPLOAD, () -> part("file", upload, 2, TEXT, false));
        assertFails(S3Error.NO_SUCH_UPLOAD, () -> complete("file", upload, List.of(part)));
        assertThatThrownBy(() -> get("file")).hasCauseInstanceOf(S3Exception.class);
    }

    @Test
    void partsAreCopiedFromObjects() {
        byte[] bytes = Bytes.random(1, PART + 3 * MIB);
        String etag = put("from", bytes);
        String upload = create("to");
        UploadedPart first = store.uploadPartCopy(
                        new UploadPartCopyRequest(key("from"), etag, new ByteRange(MIB, PART), key("to"), upload, 1))
                .join();
        UploadedPart last = part("to", upload, 2, TEXT, false);
        complete("to", upload, List.of(first, last));

        byte[] expected = Arrays.copyOf(Arrays.copyOfRange(bytes, MIB, MIB + PART), PART + TEXT.length);
        System.arraycopy(TEXT, 0, expected, PART, TEXT.length);
        assertThat(get("to")).isEqualTo(expected);
        put("from", Bytes.random(2, bytes.length));
        String another = create("to");
        assertFails(
                S3Error.PRECONDITION_FAILED,
                () -> store.uploadPartCopy(new UploadPartCopyRequest(
                                key("from"), etag, new ByteRange(0, PART), key("to"), another, 1))
                        .join());
    }

    @Test
    void objectsAreCopied() {
        String etag = put("from", TEXT);
        put("to", new byte[] {1});

        CopyResult copy = store.copy(CopyRequest.of(key("from"), key("to")).withMatch(etag))
                .join();

        assertThat(copy.etag()).isEqualTo(etag);
        assertThat(get("to")).isEqualTo(TEXT);
        assertFails(
                S3Error.PRECONDITION_FAILED,
                () -> store.copy(CopyRequest.of(key("from"), key("to")).withMatch("\"other\""))
                        .join());
        assertFails(
                S3Error.NO_SUCH_KEY,
                () -> store.copy(CopyRequest.of(key("nothing"), key("to"))).join());
    }

    @Test
    void conditionsOnACopyAreChecked() {
        Assumptions.assumeTrue(comparesBeforeCopying());
        put("from", TEXT);
        put("to", new byte[] {1});

        assertFails(
                S3Error.PRECONDITION_FAILED,
                () -> store.copy(CopyRequest.of(key("from"), key("to")).withCondition(Precondition.IF_ABSENT))
                        .join());
        assertThat(get("to")).containsExactly(1);
    }

    private ListPage list(
            String prefix, boolean delimited, @Nullable String after, @Nullable String continuation, int limit) {
        return store.list(new ListRequest(bucket, prefix, delimited, after, continuation, limit))
                .join();
    }

    private static List<String> keys(ListPage page) {
        return page.objects().stream().map(entry -> entry.key().key()).toList();
    }

    @Test
    void listingsFoldDirectories() {
        for (String name : List.of("a", "d/a", "d/b/1", "d/b/2", "d/c", "dd")) {
            put(name, TEXT);
        }

        ListPage folded = list("d/", true, null, null, 10);
        assertThat(keys(folded)).containsExactlyInAnyOrder("d/a", "d/c");
        assertThat(folded.prefixes()).containsExactly("d/b/");
        assertThat(folded.next()).isNull();
        ListPage flat = list("d/", false, null, null, 10);
        assertThat(keys(flat)).containsExactlyInAnyOrder("d/a", "d/b/1", "d/b/2", "d/c");
        assertThat(flat.prefixes()).isEmpty();
        ListPage behind = list("d/", false, "d/b/1", null, 10);
        assertThat(keys(behind)).containsExactlyInAnyOrder("d/b/2", "d/c");
        ListPage.Entry entry = flat.objects().getFirst();
        ObjectHead head = store.head(HeadRequest.of(entry.key())).join();
        assertThat(entry.etag()).isEqualTo(head.etag());
        assertThat(entry.size()).isEqualTo(TEXT.length);
        assertThat(entry.lastModified().getEpochSecond())
                .isEqualTo(head.lastModified().getEpochSecond());
        assertThat(keys(list("nothing/", true, null, null, 10))).isEmpty();
    }

    @Test
    void listingsArePaged() {
        List<String> entries = List.of("p/a", "p/b/", "p/c", "p/d/", "p/e");
        for (String name : List.of("p/a", "p/b/1", "p/b/2", "p/b/3", "p/c", "p/d/1", "p/d/2", "p/e")) {
            put(name, TEXT);
        }

        List<String> listed = new ArrayList<>();
        @Nullable String next = null;
        do {
            ListPage page = list("p/", true, null, next, 2);
            assertThat(page.objects().size() + page.prefixes().size()).isLessThanOrEqualTo(2);
            listed.addAll(keys(page));
            listed.addAll(page.prefixes());
            next = page.next();
        } while (next != null);

        assertThat(listed).containsExactlyInAnyOrderElementsOf(entries);
    }

    @Test
    void keysAreSortedByTheirBytes() {
        Assumptions.assumeTrue(sortsInUtf8());
        // By code points, and so in UTF-8, the emoji is last; in UTF-16 it begins with a surrogate and sorts earlier.
        List<String> sorted = List.of("Z", "a", "\uff5e", "\ud83d\ude00");
        sorted.reversed().forEach(name -> put(name, TEXT));

        assertThat(keys(list("", false, null, null, 10))).isEqualTo(sorted);
        assertThat(keys(list("", false, "\uff5e", null, 10))).containsExactly("\ud83d\ude00");
    }

    @Test
    void deletingTwiceIsNoError() {
        put("file", TEXT);
        store.delete(key("file"), null).join();
        store.delete(key("file"), null).join();

        assertFails(S3Error.NO_SUCH_KEY, () -> get("file"));
    }

    @Test
    void severalObjectsAreDeletedAtOnce() {
        put("a", TEXT);
        put("d/b", TEXT);
        put("c", TEXT);
        for (Digest digest : Digest.values()) {
            DeleteResult result = store.deleteMany(new DeleteManyRequest(
                            bucket, List.of(new Target("a", null), new Target("d/b", null)), digest))
                    .join();
            assertThat(result.refused()).isEmpty();
        }

        assertThat(keys(list("", false, null, null, 10))).containsExactly("c");
    }

    @Test
    void conditionsOnADeleteAreChecked() {
        Assumptions.assumeTrue(comparesBeforeDeleting());
        String old = put("file", TEXT);
        put("file", new byte[] {1});

        assertFails(
                S3Error.PRECONDITION_FAILED,
                () -> store.delete(key("file"), old).join());
        assertThat(get("file")).containsExactly(1);
    }

    @Test
    void aFailingReceiverFailsTheRequest() {
        put("file", Bytes.random(1, MIB));
        BodyReceiver failing = new BodyReceiver() {
            @Override
            public boolean begin(ObjectHead head) {
                return true;
            }

            @Override
            public void receive(ByteBuffer data) {
                throw new IllegalStateException("no more room");
            }
        };

        assertThatThrownBy(() -> store.get(GetRequest.of(key("file")), failing).join())
                .hasStackTraceContaining("no more room");
    }

    @Test
    void aCancelledRequestEnds() throws Exception {
        put("file", Bytes.random(1, 3 * MIB));
        CountDownLatch receiving = new CountDownLatch(1);
        CountDownLatch cancelled = new CountDownLatch(1);
        var get = store.get(GetRequest.of(key("file")), new BodyReceiver() {
            @Override
            public boolean begin(ObjectHead head) {
                return true;
            }

            @Override
            public void receive(ByteBuffer data) {
                receiving.countDown();
                try {
                    assertThat(cancelled.await(Patience.SECONDS, SECONDS)).isTrue();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                data.position(data.limit());
            }
        });
        assertThat(receiving.await(Patience.SECONDS, SECONDS)).isTrue();

        get.cancel(true);
        cancelled.countDown();

        assertThat(get).isCancelled();
        Patience.await("others are answered", () -> get("file").length == 3 * MIB);
    }
}
