package dev.slipway.core.account;

/**
 * The administrator who added an API token. The token is accepted for as long as this administrator could log in.
 *
 * @param account the account's name
 * @param proof the credentials that the administrator used, as {@link AccountDirectory} writes them; no secret
 */
public record TokenOwner(String account, String proof) {}
