package dev.slipway.bench;

/** What is compared. */
enum Product {
    /** Slipway with {@link DiscardStore} instead of a bucket. */
    SLIPWAY_DISCARD("Slipway, no store"),
    OPENSSH("OpenSSH sshd, tmpfs"),
    VSFTPD("vsftpd, tmpfs"),
    /** {@code slipway serve} in front of MinIO. */
    SLIPWAY("Slipway"),
    RCLONE("rclone serve"),
    SFTPGO("SFTPGo"),
    /** What a remote's own curl makes of the same object; the server is the remote's sshd, which has nothing to do. */
    CURL("curl alone");

    private final String title;

    Product(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }
}
