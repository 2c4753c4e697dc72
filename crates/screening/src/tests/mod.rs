mod lexicon;
mod properties;
mod rules;
mod weights;
