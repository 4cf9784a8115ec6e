#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| faam_decoders::trust_file(bytes));
