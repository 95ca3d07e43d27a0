//! A SQLite VFS that forwards to the operating system's, fails writes and syncs on demand, and knows whether everything
//! that was written to the log was synced since.
#![expect(unsafe_code, reason = "a VFS is an interface of C functions")]

use std::{
    ffi::{CString, c_char, c_int, c_void},
    ptr,
    sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::SeqCst},
};

use rusqlite::ffi;

/// The disk under one VFS.
#[derive(Debug, Default)]
pub(crate) struct Disk {
    /// While true, writes fail once this many more have gone through.
    pub(crate) full: AtomicBool,
    /// How many writes still go through while the disk is filling.
    pub(crate) room: AtomicI64,
    /// How many of the next syncs of the log fail.
    pub(crate) failing_syncs: AtomicI64,
    /// Syncs of the log that succeeded.
    pub(crate) syncs: AtomicU64,
    /// Writes to the log since its last successful sync.
    pub(crate) unsynced: AtomicU64,
}

impl Disk {
    /// From now on `room` writes go through, and then none.
    pub(crate) fn fill_after(&self, room: i64) {
        self.room.store(room, SeqCst);
        self.full.store(true, SeqCst);
    }

    /// Writes go through again.
    pub(crate) fn free(&self) {
        self.full.store(false, SeqCst);
    }

    fn refuses_write(&self) -> bool {
        self.full.load(SeqCst) && self.room.fetch_sub(1, SeqCst) <= 0
    }

    fn refuses_sync(&self) -> bool {
        self.failing_syncs.fetch_update(SeqCst, SeqCst, |left| (left > 0).then(|| left - 1)).is_ok()
    }
}

/// Registers a VFS of its own under this name and answers the disk beneath it.
pub(crate) fn register(name: &'static str) -> &'static Disk {
    let disk: &'static Disk = Box::leak(Box::default());
    // SAFETY: the default VFS lives as long as the process, and so does the copy, which is leaked. The copy differs only
    // in its name, its way to open files and the room that its files need.
    unsafe {
        let system = ffi::sqlite3_vfs_find(ptr::null());
        assert!(!system.is_null(), "SQLite has no default VFS");
        let mut vfs = *system;
        vfs.zName = CString::new(name).unwrap().into_raw();
        vfs.pNext = ptr::null_mut();
        vfs.szOsFile += c_int::try_from(size_of::<File>()).unwrap();
        vfs.pAppData = Box::into_raw(Box::new(System { vfs: system, disk })).cast();
        vfs.xOpen = Some(open);
        let registered = ffi::sqlite3_vfs_register(Box::into_raw(Box::new(vfs)), 0);
        assert_eq!(registered, ffi::SQLITE_OK);
    }
    disk
}

struct System {
    vfs: *mut ffi::sqlite3_vfs,
    disk: &'static Disk,
}

/// Our file, followed in the same allocation by the system's.
#[repr(C)]
struct File {
    base: ffi::sqlite3_file,
    disk: &'static Disk,
    is_log: bool,
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

unsafe extern "C" fn open(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: SQLite calls with our VFS and with `szOsFile` bytes at `file`, which hold our struct and the system's.
    unsafe {
        let system = &*(*vfs).pAppData.cast::<System>();
        let ours = file.cast::<File>();
        (*ours).base.pMethods = ptr::null();
        let opened = (*system.vfs).xOpen.unwrap()(system.vfs, name, inner(file), flags, out_flags);
        if opened == ffi::SQLITE_OK {
            ptr::addr_of_mut!((*ours).disk).write(system.disk);
            ptr::addr_of_mut!((*ours).is_log).write(flags & ffi::SQLITE_OPEN_WAL != 0);
            (*ours).base.pMethods = &raw const METHODS;
        }
        opened
    }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    from: *const c_void,
    bytes: c_int,
    at: i64,
) -> c_int {
    // SAFETY: called by SQLite with a file that `open` made.
    unsafe {
        let ours = &*file.cast::<File>();
        if ours.disk.refuses_write() {
            return ffi::SQLITE_FULL;
        }
        if ours.is_log {
            ours.disk.unsynced.fetch_add(1, SeqCst);
        }
        system(file).xWrite.unwrap()(inner(file), from, bytes, at)
    }
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: called by SQLite with a file that `open` made.
    unsafe {
        let ours = &*file.cast::<File>();
        if ours.is_log && ours.disk.refuses_sync() {
            return ffi::SQLITE_IOERR_FSYNC;
        }
        let before = ours.disk.unsynced.load(SeqCst);
        let synced = system(file).xSync.unwrap()(inner(file), flags);
        if ours.is_log && synced == ffi::SQLITE_OK {
            ours.disk.unsynced.fetch_sub(before, SeqCst);
            ours.disk.syncs.fetch_add(1, SeqCst);
        }
        synced
    }
}

/// The system's file behind ours.
unsafe fn inner(file: *mut ffi::sqlite3_file) -> *mut ffi::sqlite3_file {
    // SAFETY: the allocation holds our struct and then the system's.
    unsafe { file.cast::<u8>().add(size_of::<File>()).cast() }
}

unsafe fn system<'a>(file: *mut ffi::sqlite3_file) -> &'a ffi::sqlite3_io_methods {
    // SAFETY: the system's file was opened before ours had methods.
    unsafe { &*(*inner(file)).pMethods }
}

macro_rules! forward {
    ($($name:ident => $method:ident($($argument:ident: $kind:ty),*) $(-> $answer:ty)?;)*) => {$(
        unsafe extern "C" fn $name(file: *mut ffi::sqlite3_file $(, $argument: $kind)*) $(-> $answer)? {
            // SAFETY: called by SQLite with a file that `open` made; the arguments are for the system's method as they are.
            unsafe { system(file).$method.unwrap()(inner(file) $(, $argument)*) }
        }
    )*};
}

forward! {
    close => xClose() -> c_int;
    read => xRead(to: *mut c_void, bytes: c_int, at: i64) -> c_int;
    truncate => xTruncate(size: i64) -> c_int;
    file_size => xFileSize(size: *mut i64) -> c_int;
    lock => xLock(level: c_int) -> c_int;
    unlock => xUnlock(level: c_int) -> c_int;
    check_reserved_lock => xCheckReservedLock(held: *mut c_int) -> c_int;
    file_control => xFileControl(operation: c_int, argument: *mut c_void) -> c_int;
    sector_size => xSectorSize() -> c_int;
    device_characteristics => xDeviceCharacteristics() -> c_int;
    shm_map => xShmMap(page: c_int, size: c_int, extend: c_int, at: *mut *mut c_void) -> c_int;
    shm_lock => xShmLock(offset: c_int, count: c_int, flags: c_int) -> c_int;
    shm_barrier => xShmBarrier();
    shm_unmap => xShmUnmap(delete: c_int) -> c_int;
}
