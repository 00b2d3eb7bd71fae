/**
 * The commands: what each verb does with its session, the files and the data connection.
 */
@NullMarked
package dev.slipway.ftps.command;

import org.jspecify.annotations.NullMarked;
