package dev.slipway.ingest.rule;

import dev.slipway.transfer.job.Jobs;
import dev.slipway.transfer.push.Pushes;

/**
 * What steps use of the gateway, beside files.
 *
 * @param decompressions limits how many files are decompressed at once
 */
record StepServices(Jobs jobs, Pushes pushes, Decompressions decompressions) {}
