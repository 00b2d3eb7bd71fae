package dev.slipway.sftp.subsystem;

/**
 * The flags of SSH_FXP_OPEN (draft-ietf-secsh-filexfer-02 section 6.3).
 *
 * @param bits as the client has sent them
 */
record OpenFlags(int bits) {
    boolean read() {
        return has(0x1);
    }

    boolean write() {
        return has(0x2);
    }

    boolean append() {
        return has(0x4);
    }

    boolean create() {
        return has(0x8);
    }

    boolean truncate() {
        return has(0x10);
    }

    boolean exclusive() {
        return has(0x20);
    }

    private boolean has(int bit) {
        return (bits & bit) != 0;
    }
}
