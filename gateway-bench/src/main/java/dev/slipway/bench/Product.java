package dev.slipway.bench;

/** The products that are compared. */
enum Product {
    /** Slipway with {@link DiscardStore} instead of a bucket. */
    SLIPWAY_DISCARD("Slipway, no store"),
    OPENSSH("OpenSSH sshd, tmpfs"),
    VSFTPD("vsftpd, tmpfs"),
    /** {@code slipway serve} in front of MinIO. */
    SLIPWAY("Slipway"),
    RCLONE("rclone serve"),
    SFTPGO("SFTPGo"),
    /** curl on the remote, downloading the same object; the server is the remote's sshd, which is idle. */
    CURL("curl alone");

    private final String title;

    Product(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }
}
