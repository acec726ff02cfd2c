import fc from 'fast-check';

/**
 * Property tests try the same values in each run, so that a run fails because of a change and not
 * by chance. `WAYBILL_PROPERTY_SEED` is another seed; `test/long/fuzz` and `test/interop` try
 * values that differ from run to run.
 */
fc.configureGlobal({ seed: Number(process.env['WAYBILL_PROPERTY_SEED'] ?? 1) });
