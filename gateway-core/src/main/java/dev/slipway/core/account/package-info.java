/** Accounts: who may log in, with which credentials, and what they see. */
@NullMarked
package dev.slipway.core.account;

import org.jspecify.annotations.NullMarked;
