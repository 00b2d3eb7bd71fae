package dev.slipway.core.store.requests;

/** Optional features of a request that some stores refuse. */
public enum Extra {
    /** A CRC-32 of the bytes, for the store to verify. */
    CHECKSUM("checksums of bytes"),
    /** A CRC-32 of the whole object, for multipart uploads. */
    WHOLE_OBJECT_CHECKSUM("checksums of whole multipart objects"),
    /** A condition on PutObject. */
    PUT_CONDITION("conditions on PutObject"),
    /** A condition on CompleteMultipartUpload. */
    COMPLETE_CONDITION("conditions on CompleteMultipartUpload"),
    /** A condition on the target of CopyObject. */
    COPY_CONDITION("conditions on the target of CopyObject");

    private final String meaning;

    Extra(String meaning) {
        this.meaning = meaning;
    }

    /** For a sentence such as "the store refuses …". */
    String meaning() {
        return meaning;
    }
}
