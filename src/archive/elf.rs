//! Which shared libraries a program asks for: the `DT_NEEDED` entries of a 64-bit little-endian ELF file. Reads just
//! the tables it needs, so that a program of 90 MB costs a few kilobytes.

use std::io::{self, Read, Seek, SeekFrom};

const PT_LOAD: u32 = 1;
const PT_DYNAMIC: u32 = 2;
const DT_NEEDED: u64 = 1;
const DT_STRTAB: u64 = 5;
const DT_STRSZ: u64 = 10;
/// Tables larger than this are not believed.
const LARGEST_TABLE: u64 = 16 << 20;

/// What is known about a file's libraries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Needed {
    /// Not a program: a script, data.
    NotElf,
    /// An ELF file that cannot be understood, so that nothing may be concluded from it.
    Unknown,
    /// The names, as the dynamic linker looks for them.
    Libraries(Vec<String>),
}

/// Reads the names from a file that starts at `base` in `input`.
pub fn needed<R: Read + Seek>(input: &mut R, base: u64) -> io::Result<Needed> {
    let mut file = File { input, base };
    let header = match file.bytes(0, 64) {
        Ok(header) => header,
        Err(short) if short.kind() == io::ErrorKind::UnexpectedEof => return Ok(Needed::NotElf),
        Err(other) => return Err(other),
    };
    if !header.starts_with(b"\x7fELF") {
        return Ok(Needed::NotElf);
    }
    // Class 2 is 64 bit, data encoding 1 is little-endian.
    if header[4] != 2 || header[5] != 1 {
        return Ok(Needed::Unknown);
    }
    match file.libraries(&header) {
        Ok(Some(names)) => Ok(Needed::Libraries(names)),
        Ok(None) => Ok(Needed::Unknown),
        Err(short) if short.kind() == io::ErrorKind::UnexpectedEof => Ok(Needed::Unknown),
        Err(other) => Err(other),
    }
}

struct File<'a, R> {
    input: &'a mut R,
    base: u64,
}

struct Segment {
    kind: u32,
    offset: u64,
    address: u64,
    size: u64,
}

impl<R: Read + Seek> File<'_, R> {
    fn bytes(&mut self, offset: u64, length: u64) -> io::Result<Vec<u8>> {
        let length = usize::try_from(length.min(LARGEST_TABLE)).unwrap_or(0);
        self.input.seek(SeekFrom::Start(self.base.saturating_add(offset)))?;
        let mut bytes = vec![0; length];
        self.input.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// `None` when the tables contradict each other. A program without a dynamic segment needs nothing.
    fn libraries(&mut self, header: &[u8]) -> io::Result<Option<Vec<String>>> {
        let segments = self.segments(header)?;
        let Some(dynamic) = segments.iter().find(|segment| segment.kind == PT_DYNAMIC) else {
            return Ok(Some(Vec::new()));
        };
        let table = self.bytes(dynamic.offset, dynamic.size)?;
        let entries: Vec<(u64, u64)> =
            table.chunks_exact(16).map(|entry| (number(entry, 0, 8), number(entry, 8, 8))).collect();
        let value = |tag| entries.iter().find(|(found, _)| *found == tag).map(|(_, value)| *value);
        let (Some(address), Some(size)) = (value(DT_STRTAB), value(DT_STRSZ)) else { return Ok(None) };
        let holds = |segment: &&Segment| {
            segment.kind == PT_LOAD && (segment.address..segment.address + segment.size).contains(&address)
        };
        let Some(load) = segments.iter().find(holds) else { return Ok(None) };
        let strings = self.bytes(load.offset + (address - load.address), size)?;
        let names = entries.iter().filter(|(tag, _)| *tag == DT_NEEDED).map(|(_, at)| name(&strings, *at));
        Ok(names.collect())
    }

    fn segments(&mut self, header: &[u8]) -> io::Result<Vec<Segment>> {
        let (start, size, count) = (number(header, 32, 8), number(header, 54, 2), number(header, 56, 2));
        let table = self.bytes(start, size * count)?;
        let rows = table.chunks_exact(usize::try_from(size.max(56)).unwrap_or(56));
        Ok(rows
            .map(|row| Segment {
                kind: u32::try_from(number(row, 0, 4)).unwrap_or(0),
                offset: number(row, 8, 8),
                address: number(row, 16, 8),
                size: number(row, 32, 8),
            })
            .collect())
    }
}

fn number(bytes: &[u8], at: usize, length: usize) -> u64 {
    bytes[at..at + length].iter().rev().fold(0, |value, byte| (value << 8) | u64::from(*byte))
}

fn name(strings: &[u8], at: u64) -> Option<String> {
    let rest = strings.get(usize::try_from(at).ok()?..)?;
    let end = rest.iter().position(|byte| *byte == 0)?;
    std::str::from_utf8(&rest[..end]).ok().map(str::to_owned)
}

#[cfg(test)]
pub mod fixture {
    //! The smallest ELF files that ask for libraries.

    /// A 64-bit little-endian ELF file that needs `names`.
    pub fn elf(names: &[&str]) -> Vec<u8> {
        let mut strings = vec![0];
        let mut dynamic = Vec::new();
        for name in names {
            dynamic.extend([1, strings.len() as u64]);
            strings.extend(name.bytes().chain([0]));
        }
        let entries = dynamic.len() / 2 + 3;
        let (dynamic_at, strings_at) = (64 + 2 * 56, 64 + 2 * 56 + entries * 16);
        let end = strings_at + strings.len();
        // Addresses are offsets plus 0x1000.
        dynamic.extend([5, strings_at as u64 + 0x1000, 10, strings.len() as u64, 0, 0]);
        let mut file = b"\x7fELF\x02\x01\x01".to_vec();
        file.resize(64, 0);
        file[32] = 64;
        file[54] = 56;
        file[56] = 2;
        for (kind, offset, size) in [(1_u32, 0, end), (2, dynamic_at, entries * 16)] {
            file.extend(kind.to_le_bytes());
            file.extend([0; 4]);
            for value in [offset, offset + 0x1000, 0, size, size, 0] {
                file.extend((value as u64).to_le_bytes());
            }
        }
        file.extend(dynamic.iter().flat_map(|value| value.to_le_bytes()));
        file.extend(strings);
        file
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::fixture::elf;
    use super::*;

    fn of(bytes: Vec<u8>) -> Needed {
        needed(&mut Cursor::new(bytes), 0).unwrap()
    }

    #[test]
    fn a_program_names_its_libraries_wherever_it_starts() {
        let names = ["libc.so.6", "libpq.so.5"];
        let expected = Needed::Libraries(names.map(str::to_owned).to_vec());
        assert_eq!(of(elf(&names)), expected);
        let shifted = [vec![9; 512], elf(&names)].concat();
        assert_eq!(needed(&mut Cursor::new(shifted), 512).unwrap(), expected);
    }

    #[test]
    fn what_is_no_program_and_what_is_broken_are_told_apart() {
        assert_eq!(of(b"#!/bin/sh\n".to_vec()), Needed::NotElf);
        assert_eq!(of(vec![b'x'; 100]), Needed::NotElf);
        assert_eq!(of(elf(&["libc.so.6"])[..200].to_vec()), Needed::Unknown);
        let mut other_class = elf(&[]);
        other_class[4] = 1;
        assert_eq!(of(other_class), Needed::Unknown);
        let mut no_such_string = elf(&["libc.so.6"]);
        no_such_string[64 + 112 + 8] = 200;
        assert_eq!(of(no_such_string), Needed::Unknown);
    }

    #[test]
    fn the_running_test_needs_the_c_library() {
        let me = std::fs::File::open(std::env::current_exe().unwrap()).unwrap();
        let Needed::Libraries(names) = needed(&mut std::io::BufReader::new(me), 0).unwrap() else {
            panic!("this program is an ELF file");
        };
        assert_eq!(names.iter().filter(|name| *name == "libc.so.6").count(), 1);
    }
}
