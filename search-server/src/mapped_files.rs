//! Survives that a file of the index is cut while it is mapped.
//!
//! To touch a page that a mapped file has no more is a `SIGBUS`, which ends the process. Here the
//! page is replaced by one of zeros instead, and the fault counted. What is read out of zeros is
//! not worth anything: whoever reads mapped files compares [`faults`] before and after, throws
//! away what was made in between, and has the engine look at its files, which leaves out what was
//! cut. A page once replaced faults no more, so nothing is to be read before that look.
//!
//! The one place with `unsafe` code, for a handler of signals cannot do without. Linux only;
//! elsewhere a file that is cut ends the process as ever.

use std::sync::atomic::{AtomicU64, Ordering};

static FAULTS: AtomicU64 = AtomicU64::new(0);

/// How many pages of mapped files were missing when they were touched, since the process began.
pub(crate) fn faults() -> u64 {
    FAULTS.load(Ordering::SeqCst)
}

/// From now on faults are survived, by all threads of the process.
pub(crate) fn survive_cuts() -> std::io::Result<()> {
    #[cfg(target_os = "linux")]
    handler::install()?;
    Ok(())
}

#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
mod handler {
    use std::io;
    use std::mem::zeroed;
    use std::ptr::null_mut;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use libc::{
        BUS_ADRERR, MAP_ANONYMOUS, MAP_FAILED, MAP_FIXED, MAP_PRIVATE, PROT_READ, SA_ONSTACK,
        SA_SIGINFO, SIG_DFL, SIGBUS, c_int, c_void, siginfo_t,
    };

    use super::FAULTS;

    /// In bytes; known before the first fault, for a handler may ask nothing.
    static PAGE_SIZE: AtomicUsize = AtomicUsize::new(0);

    pub(super) fn install() -> io::Result<()> {
        // SAFETY: asks for a number.
        let page_size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
        let page_size = usize::try_from(page_size).map_err(|_| io::Error::last_os_error())?;
        PAGE_SIZE.store(page_size, Ordering::SeqCst);
        let handler: extern "C" fn(c_int, *mut siginfo_t, *mut c_void) = on_bus_error;
        // SAFETY: all zeros is a valid `sigaction`: no flags, an empty mask. The handler is of the
        // kind that SA_SIGINFO asks for, lives as long as the process, and calls only what a
        // handler may call.
        let installed = unsafe {
            let mut action: libc::sigaction = zeroed();
            action.sa_sigaction = handler as usize;
            action.sa_flags = SA_SIGINFO | SA_ONSTACK;
            libc::sigaction(SIGBUS, &raw const action, null_mut())
        };
        if installed == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }

    /// Only atomics and system calls: the thread may hold any lock, that of the allocator included.
    extern "C" fn on_bus_error(signal: c_int, info: *mut siginfo_t, _context: *mut c_void) {
        // SAFETY: with SA_SIGINFO the kernel passes a valid `info`; where its code is BUS_ADRERR,
        // it has an address.
        let missing = unsafe {
            if (*info).si_code == BUS_ADRERR { Some((*info).si_addr() as usize) } else { None }
        };
        if !missing.is_some_and(replace_page) {
            give_up(signal);
        }
    }

    /// Puts a page of zeros in the place of the one that is missing; whether that worked.
    fn replace_page(address: usize) -> bool {
        let page_size = PAGE_SIZE.load(Ordering::SeqCst);
        let page = address - address % page_size;
        // Before anybody can read the page.
        FAULTS.fetch_add(1, Ordering::SeqCst);
        // SAFETY: the thread that was interrupted is about to read the page, so it is mapped and
        // stays so, and has no content that could be lost. Whoever unmaps the file takes the page
        // with it. `errno` belongs to the interrupted thread and is put back.
        unsafe {
            let errno = libc::__errno_location();
            let before = *errno;
            let flags = MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS;
            let mapped = libc::mmap(page as *mut c_void, page_size, PROT_READ, flags, -1, 0);
            *errno = before;
            mapped != MAP_FAILED
        }
    }

    /// Ends the process as if there were no handler.
    fn give_up(signal: c_int) {
        // SAFETY: both may be called by a handler. The signal is blocked until the handler returns.
        unsafe {
            libc::signal(signal, SIG_DFL);
            libc::raise(signal);
        }
    }
}
