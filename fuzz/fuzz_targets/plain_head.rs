#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| vestibule::fuzzing::plain_head(input));
