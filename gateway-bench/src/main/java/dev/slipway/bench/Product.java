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
    SFTPGO("SFTPGo");

    private final String title;

    Product(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }
}
