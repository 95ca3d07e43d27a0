//! API keys, and who comes with them.

mod act_as;
mod audit;
mod end;
mod login;
mod make;
mod proof;
mod shop;
