//! The texts of `/proc` and `os-release` as data. Pure.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// One listening TCP socket as `/proc/net/tcp` and `/proc/net/tcp6` show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Socket {
    pub ip: IpAddr,
    pub port: u16,
    pub uid: u32,
    pub inode: u64,
}

/// The state `LISTEN` in `/proc/net/tcp`.
const LISTEN: &str = "0A";

/// The listening sockets of one of the two tables.
pub fn sockets(table: &str) -> Vec<Socket> {
    table.lines().skip(1).filter_map(socket).collect()
}

fn socket(line: &str) -> Option<Socket> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let (address, port) = fields.get(1)?.split_once(':')?;
    (*fields.get(3)? == LISTEN).then_some(())?;
    Some(Socket {
        ip: address_of(address)?,
        port: u16::from_str_radix(port, 16).ok()?,
        uid: fields.get(7)?.parse().ok()?,
        inode: fields.get(9)?.parse().ok()?,
    })
}

/// The kernel prints addresses as 32-bit numbers in the processor's byte order.
fn address_of(hex: &str) -> Option<IpAddr> {
    let word = |at: usize| Some(u32::from_str_radix(hex.get(at..at + 8)?, 16).ok()?.to_ne_bytes());
    match hex.len() {
        8 => Some(Ipv4Addr::from(word(0)?).into()),
        32 => {
            let mut bytes = [0_u8; 16];
            for (at, four) in bytes.chunks_exact_mut(4).enumerate() {
                four.copy_from_slice(&word(at * 8)?);
            }
            Some(Ipv6Addr::from(bytes).into())
        }
        _ => None,
    }
}

/// The inode in the target of a descriptor's link: `socket:[1603]`.
pub fn socket_inode(target: &str) -> Option<u64> {
    target.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
}

/// Whether new mounts below `/` reach other mount namespaces, from `/proc/self/mountinfo`; none when there is no `/`.
/// A later line for the same place lies over the earlier ones.
pub fn root_is_shared(mountinfo: &str) -> Option<bool> {
    let root = mountinfo.lines().rfind(|line| line.split(' ').nth(4) == Some("/"))?;
    // Optional fields stand between the sixth field and a lone hyphen.
    let mut optional = root.split(' ').skip(6).take_while(|field| *field != "-");
    Some(optional.any(|field| field.starts_with("shared:") || field.starts_with("master:")))
}

/// The value of a key of `os-release`, without quotes.
pub fn os_release(text: &str, key: &str) -> Option<String> {
    let value = text.lines().find_map(|line| line.trim().strip_prefix(key)?.strip_prefix('='))?;
    let bare = value.strip_prefix('"').and_then(|v| v.strip_suffix('"'));
    let bare = bare.or_else(|| value.strip_prefix('\'').and_then(|v| v.strip_suffix('\'')));
    Some(bare.unwrap_or(value).to_owned()).filter(|value| !value.is_empty())
}

/// The name of a process in `/proc/<pid>/status`; none when it has ended and only its entry is left.
pub fn live_name(status: &str) -> Option<&str> {
    let field = |key: &str| status.lines().find_map(|line| line.strip_prefix(key)).map(str::trim);
    let ended = field("State:").is_some_and(|state| state.starts_with(['Z', 'X']));
    field("Name:").filter(|_| !ended)
}

/// The bounding set of `/proc/self/status`: bit 24 is `CAP_SYS_RESOURCE`.
pub fn bounding_capabilities(status: &str) -> Option<u64> {
    let mask = status.lines().find_map(|line| line.strip_prefix("CapBnd:"))?;
    u64::from_str_radix(mask.trim(), 16).ok()
}

/// Who holds a `flock` lock on an inode, from `/proc/locks`: the process, 0 when it is in another namespace.
pub fn flock_holder(locks: &str, inode: u64) -> Option<u32> {
    locks.lines().find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        // Waiting for a lock is shown with an arrow in the second field.
        let held = fields.get(1) == Some(&"FLOCK");
        let on: u64 = fields.get(5)?.rsplit(':').next()?.parse().ok()?;
        (held && on == inode).then(|| fields.get(4)?.parse().ok()).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TCP: &str = "\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:07E8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1603 1 00000000f346d683 100 0 0 10 0
   1: 0100007F:2382 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 35790 1 000000000bf25508 100 0 0 10 0
   2: 0100007F:2382 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1000        0 35791 1 000000000bf25509 100 0 0 10 0
";
    const TCP6: &str = "\
  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2101 1 0 100 0 0 10 0
   1: 00000000000000000000000001000000:0BBA 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000   472        0 2102 1 0 100 0 0 10 0
   2: 0000000000000000FFFF00000100007F:2710 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2103 1 0 100 0 0 10 0
";

    #[test]
    #[cfg(target_endian = "little")]
    fn only_listening_sockets_count() {
        let socket = |ip: &str, port, uid, inode| Socket { ip: ip.parse().unwrap(), port, uid, inode };
        assert_eq!(sockets(TCP), [socket("0.0.0.0", 2024, 0, 1603), socket("127.0.0.1", 9090, 1000, 35790)]);
        assert_eq!(
            sockets(TCP6),
            [
                socket("::", 22, 0, 2101),
                socket("::1", 3002, 472, 2102),
                socket("::ffff:127.0.0.1", 10000, 0, 2103)
            ]
        );
    }

    #[test]
    fn lines_that_make_no_sense_are_left_out() {
        assert_eq!(sockets("head\n 0: nonsense\n 1: 0100007F:FFFFF x 0A\n\n"), []);
        assert_eq!(socket_inode("socket:[1603]"), Some(1603));
        assert_eq!(socket_inode("/dev/null"), None);
    }

    #[test]
    fn the_propagation_of_the_root_is_in_the_optional_fields() {
        let private = "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard\n28 27 0:25 / /mnt rw shared:7 - tmpfs t rw\n";
        let shared = "22 27 0:21 / /proc rw shared:5 - proc proc rw\n27 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n";
        let slave = "27 1 8:1 / / rw,relatime master:1 - ext4 /dev/sda1 rw\n";
        // The source of the last field is called like an optional field.
        let misleading = "27 1 8:1 / / rw - nfs shared:/export rw\n";
        let seen: Vec<_> = [private, shared, slave, misleading, ""].map(root_is_shared).into();
        assert_eq!(seen, [Some(false), Some(true), Some(true), Some(false), None]);
    }

    #[test]
    fn the_release_is_read_without_its_quotes() {
        let text = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID='12'\nID=debian\nID_LIKE=\n";
        let seen: Vec<_> =
            ["PRETTY_NAME", "VERSION_ID", "ID", "ID_LIKE", "VARIANT"].map(|k| os_release(text, k)).into();
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(seen, [text("Debian GNU/Linux 12 (bookworm)"), text("12"), text("debian"), None, None]);
    }

    #[test]
    fn the_bounding_set_is_a_number_in_hexadecimal() {
        let status =
            "Name:\tcat\nCapEff:\t0000000000000000\nCapBnd:\t000001fffeffffff\nCapAmb:\t0000000000000000\n";
        assert_eq!(bounding_capabilities(status), Some(0x0000_01ff_feff_ffff));
        assert_eq!(bounding_capabilities("Name:\tcat\n"), None);
    }

    #[test]
    fn a_process_that_has_ended_has_no_name() {
        assert_eq!(live_name("Name:\tdockerd\nUmask:\t0022\nState:\tS (sleeping)\n"), Some("dockerd"));
        assert_eq!(live_name("Name:\tdockerd\nState:\tZ (zombie)\n"), None);
        assert_eq!(live_name(""), None);
    }

    #[test]
    fn a_lock_is_found_by_its_inode_and_waiting_is_not_holding() {
        let locks = "1: POSIX  ADVISORY  WRITE 100 fe:00:77 0 EOF\n\
                     2: FLOCK  ADVISORY  WRITE 4242 fe:00:77 0 EOF\n\
                     2: -> FLOCK  ADVISORY  WRITE 4343 fe:00:77 0 EOF\n\
                     3: FLOCK  ADVISORY  READ 5 00:1a:78 0 EOF\n";
        assert_eq!(flock_holder(locks, 77), Some(4242));
        assert_eq!(flock_holder(locks, 78), Some(5));
        assert_eq!(flock_holder(locks, 79), None);
    }
}
