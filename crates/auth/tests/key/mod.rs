//! API keys, and who comes with them.

mod act_as;
mod end;
mod login;
mod make;
mod proof;
mod shop;
