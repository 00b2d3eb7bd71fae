package dev.slipway.core.event;

/**
 * An SSH certificate used for a login, successful or not.
 *
 * @param id the key id that the CA assigned
 * @param serial its serial number, 0 to 2^64-1 in decimal; 0 if the CA does not number certificates
 * @param authority the fingerprint of the CA's key: {@code SHA256:} and unpadded Base64
 */
public record UserCertificate(String id, String serial, String authority) {}
