package dev.slipway.core.event;

/**
 * An SSH certificate that somebody has logged in with, or has tried to.
 *
 * @param id the name that the authority has given it
 * @param serial its number at the authority, 0 to 2^64-1 in decimal; 0 if the authority does not number them
 * @param authority the fingerprint of the key that has signed it: {@code SHA256:} and unpadded Base64
 */
public record UserCertificate(String id, String serial, String authority) {}
