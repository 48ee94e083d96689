// Every browser test on one start of the program; each file runs alone too: node --test story.test.mjs
import './crawl.test.mjs';
import './story.test.mjs';
import './client.test.mjs';
