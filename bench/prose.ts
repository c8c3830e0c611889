/** Running text of many kinds, written for this bench: talk, news, recipes, manuals, letters, science, tales. */
export const proseSentences: readonly string[] = `
I don't think we've met before, have we?
She used to live in a little apartment above the bakery on Water Street.
They're going to the theatre tonight, but I'd rather stay at home and read.
Could you hand me the scissors that are lying on the kitchen counter?
He's been trying to fix the radiator since yesterday afternoon.
What a beautiful evening it was to sit outside and listen to the frogs!
Nobody told us that the meeting had been cancelled.
If it's raining tomorrow, we'll visit the museum instead of the zoo.
Wait until the water is boiling, then add the noodles and a pinch of salt.
Whisk the eggs with the sugar until the mixture is pale and thick.
Leave the dough to rise in a warm place for about two hours.
Chop the parsley finely and scatter it over the roasted vegetables.
The government announced on Monday that taxes on imported vehicles would rise.
Several thousand protesters gathered outside the parliament building.
Engineers are investigating why the bridge closed without warning.
Scientists have discovered a previously unknown species of beetle in Madagascar.
The company's shares fell sharply after its quarterly results disappointed analysts.
A spokeswoman for the ministry refused to comment on the allegations.
Firefighters rescued an elderly couple and their terrified cat from the second floor.
The champion was beaten in straight sets by a teenager from Croatia.
Before you replace the battery, make sure that the device is switched off.
Press and hold both buttons until the light begins to flash.
Your password must contain at least eight characters, including one number.
The server could not find the file that you requested.
Restart the application to finish installing the update.
Keep this product out of the reach of children and animals.
Dear Margaret, thank you very much for your thoughtful letter.
I was sorry to hear that your brother has been ill again.
Please find attached the documents that we discussed on the telephone.
We look forward to seeing you and your family in October.
Yours sincerely, the residents' association of Elm Gardens.
Light travels through empty space at about three hundred thousand kilometres a second.
Plants take carbon dioxide from the air and release oxygen.
The nucleus of an atom is made of protons and neutrons.
Volcanoes form where molten rock escapes through cracks in the crust.
Antibiotics kill bacteria, but they have no effect on viruses.
The heart pumps blood through the arteries, capillaries and veins.
Mathematicians have known since antiquity that there are infinitely many primes.
An octopus can squeeze through an opening no larger than its beak.
Once upon a time there lived a miller who had three sons and nothing to leave them.
The wolf knocked softly at the door and asked whether anybody was hungry.
Far away beyond the mountains, a lonely dragon guarded a heap of worthless copper.
The princess laughed so loudly that the windows of the castle rattled.
Every night the clock struck thirteen, and nobody in the village ever wondered why.
He wound the old gramophone, and a crackling waltz filled the empty room.
The lieutenant gave the order to retreat, though it was already too late.
Through the thick fog came the mournful sound of a horn.
Her grandmother's jewellery was worth much more than anyone had guessed.
The orchestra rehearsed the symphony from the beginning without a pause.
A skilled carpenter can tell oak from walnut by the smell alone.
The train to Edinburgh leaves from platform four in twenty minutes.
Passengers are reminded not to leave their luggage unattended.
Turn left at the roundabout and continue for about half a mile.
The museum is closed on Wednesdays and on public holidays.
Would you like a receipt with that, or shall I throw it away?
The doctor recommended gentle exercise, plenty of vegetables and less coffee.
My neighbour's daughter is studying architecture at the university in Lisbon.
Honestly, I couldn't care less who started the argument.
The photographs turned out blurry, because the camera had been dropped.
Children whispered and giggled in the back row throughout the ceremony.
It takes courage to admit that one has been wrong for years.
The committee will consider your proposal at its next session.
Strangely enough, the missing key was in the lock all along.
Thousands of starlings wheeled over the pier as the sun went down.
`.trim().split('\n');
