// A Rust program whose memory use is known, for comparing the tracer with other tools.

use std::hint::black_box;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

const MEGABYTE: usize = 1_000_000;

fn grow(bytes: usize) -> Vec<u8> {
    let mut grown = Vec::new();
    for i in 0..bytes {
        grown.push(black_box(i as u8));
    }
    grown
}

fn main() {
    let array: Arc<Vec<u8>> = Arc::new(vec![7; 40 * MEGABYTE]);
    let twin = black_box(array.as_ref().clone());
    let boxed: Box<[u64]> = vec![1; MEGABYTE].into_boxed_slice();
    let grown = grow(20 * MEGABYTE);
    for i in 0..100_000_usize {
        black_box(Box::new([i; 8]));
    }
    let full = Arc::new(Barrier::new(3));
    let leave = Arc::new(Barrier::new(3));
    let threads: Vec<_> = (0..2)
        .map(|_| {
            let (array, full, leave) = (array.clone(), full.clone(), leave.clone());
            thread::spawn(move || {
                let own = black_box(array[..6 * MEGABYTE].to_vec());
                full.wait();
                leave.wait();
                own.len()
            })
        })
        .collect();
    full.wait();
    thread::sleep(Duration::from_millis(500)); // whoever samples sees the peak
    leave.wait();
    let sum: usize = threads.into_iter().map(|t| t.join().unwrap()).sum();
    assert_eq!(sum + twin.len() + boxed.len() + grown.len(), 73 * MEGABYTE);
}
