//! Eight real daemons, one database.
