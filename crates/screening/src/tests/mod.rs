mod benign;
mod normalising;
mod properties;
mod rules;
mod speed;
